-- $1 id of an account that is not hidden. Columns as users::from_row reads them.
SELECT u.id, u.handle, u.name, u.role, s.followers, s.following, feedctl_us(u.created_at),
       u.avatar_id
FROM users u JOIN user_stats s ON s.user_id = u.id
WHERE u.id = $1 AND u.deleted_at IS NULL AND u.suspended_at IS NULL
