-- $1 behind this one, $2 at most so many.
SELECT id FROM users WHERE id > $1::bigint AND deleted_at IS NULL ORDER BY id LIMIT $2::integer
