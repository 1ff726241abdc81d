-- A row where $1 is a living user.
SELECT FROM users WHERE id = $1::bigint AND deleted_at IS NULL
