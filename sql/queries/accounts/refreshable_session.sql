-- $1 session, $2 hash of a token, $3 now. The user and the scopes, if a refresh with the token would
-- give tokens now, but for the time since the last one; no row: it would not.
SELECT s.user_id, array_to_string(s.scopes, ' ')
FROM sessions s JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL AND u.suspended_at IS NULL
WHERE s.id = $1::uuid AND $2::bytea IN (s.current_hash, s.previous_hash) AND s.revoked_at IS NULL
  AND s.expires_at > $3::timestamptz
