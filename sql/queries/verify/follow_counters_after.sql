SELECT user_id FROM user_stats WHERE user_id > $1::bigint ORDER BY user_id LIMIT $2::integer
