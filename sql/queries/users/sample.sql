-- $1 at most so many. Ids of living, not suspended accounts without a role, in random order. Reads
-- the whole table: for commands of the shell.
SELECT id FROM users
WHERE deleted_at IS NULL AND suspended_at IS NULL AND role = 'user'
ORDER BY random()
LIMIT $1
