SELECT id FROM users WHERE deleted_at IS NULL AND id > $1::bigint ORDER BY id LIMIT $2::integer
