-- $1 a user's id. No row: no living user.
SELECT role FROM users WHERE id = $1::bigint AND deleted_at IS NULL
