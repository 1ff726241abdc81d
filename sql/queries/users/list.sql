-- $1 ids below this, $2 at most so many. Columns as in account, also of suspended ones, newest first.
SELECT u.id, u.handle, u.name, u.role, s.followers, s.following, feedctl_us(u.created_at),
       u.avatar_id, feedctl_us(u.suspended_at), u.suspended_reason
FROM users u JOIN user_stats s ON s.user_id = u.id
WHERE u.id < $1 AND u.deleted_at IS NULL
ORDER BY u.id DESC
LIMIT $2
