-- $1 ids below this, $2 at most so many. Columns as users::from_row reads them, newest first.
SELECT u.id, u.handle, u.name, u.role, s.followers, s.following, feedctl_us(u.created_at)
FROM users u JOIN user_stats s ON s.user_id = u.id
WHERE u.id < $1 AND u.deleted_at IS NULL
ORDER BY u.id DESC
LIMIT $2
