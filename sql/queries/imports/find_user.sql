-- $1 a handle.
SELECT id FROM users WHERE handle = $1::text AND deleted_at IS NULL
