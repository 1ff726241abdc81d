-- $1 user, $2 now. The user's sessions, the newest first.
SELECT id::text, client, user_agent, address, array_to_string(scopes, ' '), feedctl_us(created_at),
       feedctl_us(rotated_at), feedctl_us(expires_at)
FROM sessions
WHERE user_id = $1::bigint AND revoked_at IS NULL AND expires_at > $2::timestamptz
ORDER BY created_at DESC, id DESC
LIMIT 100
