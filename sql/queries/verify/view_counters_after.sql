SELECT post_id FROM post_views WHERE post_id > $1::bigint ORDER BY post_id LIMIT $2::integer
