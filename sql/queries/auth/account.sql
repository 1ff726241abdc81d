-- $1 user. No row: no living user.
SELECT role, token_version FROM users WHERE id = $1 AND deleted_at IS NULL
