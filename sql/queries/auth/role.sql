-- $1 user. No row: no living user.
SELECT role FROM users WHERE id = $1 AND deleted_at IS NULL
