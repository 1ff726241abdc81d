-- $1 behind this one, $2 at most so many: users that rows are kept for.
SELECT user_id FROM feed_state WHERE user_id > $1::bigint AND state = 2 ORDER BY user_id LIMIT $2::integer
