DELETE FROM feed_state s
WHERE s.user_id = $1::bigint AND NOT EXISTS (SELECT FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL)
