SELECT FROM posts WHERE id = $1::bigint FOR UPDATE
