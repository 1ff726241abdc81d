-- $1 a user, $2 why. Their refresh tokens are refused from now on; returns how many sessions ended.
WITH ended AS (
  UPDATE sessions SET revoked_at = clock_timestamp(), revoked_reason = $2
  WHERE user_id = $1::bigint AND revoked_at IS NULL
  RETURNING 1
)
SELECT count(*) FROM ended
