-- $1 id of a living account, also of a suspended one. Columns as users::from_row reads them, then since
-- when and why it is suspended, and when a session of it was last used.
SELECT u.id, u.handle, u.name, u.role, s.followers, s.following, feedctl_us(u.created_at),
       u.avatar_id, feedctl_us(u.suspended_at), u.suspended_reason,
       feedctl_us((SELECT max(rotated_at) FROM sessions WHERE user_id = u.id))
FROM users u JOIN user_stats s ON s.user_id = u.id
WHERE u.id = $1 AND u.deleted_at IS NULL
