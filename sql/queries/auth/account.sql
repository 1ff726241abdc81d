-- $1 user. No row: no living user, or a suspended one.
SELECT role, token_version FROM users WHERE id = $1 AND deleted_at IS NULL AND suspended_at IS NULL
