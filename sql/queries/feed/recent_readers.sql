-- $1 at most so many. The last seen first.
SELECT user_id FROM feed_state
WHERE state > 0 AND (SELECT u.deleted_at IS NULL AND u.suspended_at IS NULL FROM users u WHERE u.id = user_id)
ORDER BY seen_at DESC
LIMIT $1::integer
