-- $1 how many, the most followed first. Suspended accounts cannot act.
SELECT u.id FROM users u JOIN user_stats s ON s.user_id = u.id WHERE u.deleted_at IS NULL AND u.suspended_at IS NULL
ORDER BY s.followers DESC, u.id LIMIT $1
