SELECT FROM post_views WHERE post_id = $1::bigint FOR UPDATE
