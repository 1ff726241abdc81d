-- $1 the user: is there such a living one, and are rows kept for them?
SELECT EXISTS (SELECT FROM users WHERE id = $1::bigint AND deleted_at IS NULL),
       EXISTS (SELECT FROM feed_state WHERE user_id = $1 AND state > 0)
