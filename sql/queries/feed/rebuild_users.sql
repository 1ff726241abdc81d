-- $1 users behind this one, $2 at most so many: those that rows are kept for.
SELECT user_id FROM feed_state WHERE state > 0 AND user_id > $1::bigint ORDER BY user_id LIMIT $2::integer
