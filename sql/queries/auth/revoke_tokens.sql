-- $1 user, $2 seconds that a token issued now may still be valid. No row: no such user.
WITH raised AS (
  UPDATE users SET token_version = token_version + 1 WHERE id = $1
  RETURNING id, token_version
)
INSERT INTO revocations (user_id, token_version, until)
SELECT id, token_version, clock_timestamp() + $2::bigint * interval '1 second' FROM raised
RETURNING token_version
