SELECT author_id FROM feed_pull WHERE author_id > $1::bigint ORDER BY author_id LIMIT $2::integer
