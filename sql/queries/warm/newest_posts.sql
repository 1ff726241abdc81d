SELECT id FROM posts WHERE deleted_at IS NULL ORDER BY id DESC LIMIT $1::integer
