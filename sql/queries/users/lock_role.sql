-- $1 a living user. The role, which nobody else changes until the end of the transaction.
SELECT role FROM users WHERE id = $1::bigint AND deleted_at IS NULL FOR UPDATE
