-- $1 user, $2 how many may stay, $3 now. Ends the oldest ones beyond that and returns their ids.
UPDATE sessions SET revoked_at = $3::timestamptz, revoked_reason = 'limit',
  expires_at = least(expires_at, $3::timestamptz + interval '1 day')
WHERE id IN (
  SELECT id FROM sessions
  WHERE user_id = $1::bigint AND revoked_at IS NULL AND expires_at > $3::timestamptz
  ORDER BY created_at DESC, id DESC
  OFFSET $2::integer
)
RETURNING id::text
