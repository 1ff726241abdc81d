-- $1 session, $2 its user, or null for any, $3 reason, $4 now. A row: it has ended now.
UPDATE sessions SET revoked_at = $4::timestamptz, revoked_reason = $3,
  expires_at = least(expires_at, $4::timestamptz + interval '1 day')
WHERE id = $1::uuid AND user_id = coalesce($2::bigint, user_id) AND revoked_at IS NULL
  AND expires_at > $4::timestamptz
RETURNING user_id
