SELECT id FROM posts WHERE deleted_at IS NULL AND id > $1::bigint ORDER BY id LIMIT $2::integer
