-- $1 a user. No row: no living user.
SELECT suspended_at IS NOT NULL FROM users WHERE id = $1::bigint AND deleted_at IS NULL
