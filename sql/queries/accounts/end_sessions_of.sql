-- $1 user, $2 reason, $3 now. Ends all sessions of the user.
UPDATE sessions SET revoked_at = $3::timestamptz, revoked_reason = $2,
  expires_at = least(expires_at, $3::timestamptz + interval '1 day')
WHERE user_id = $1::bigint AND revoked_at IS NULL AND expires_at > $3::timestamptz
