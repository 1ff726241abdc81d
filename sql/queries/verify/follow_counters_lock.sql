SELECT FROM user_stats WHERE user_id = $1::bigint FOR UPDATE
