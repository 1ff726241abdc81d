SELECT FROM post_likes WHERE post_id = $1::bigint FOR UPDATE
