SELECT user_id FROM feed_state WHERE user_id > $1::bigint ORDER BY user_id LIMIT $2::integer
