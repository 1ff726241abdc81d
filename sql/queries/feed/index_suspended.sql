-- $1 ids above this, $2 at most so many: the suspended accounts.
SELECT id FROM users
WHERE suspended_at IS NOT NULL AND deleted_at IS NULL AND id > $1::bigint
ORDER BY id LIMIT $2::integer
