-- $1 the time, $2 how many at most.
DELETE FROM revocations
WHERE id IN (SELECT id FROM revocations WHERE until < $1 ORDER BY until LIMIT $2)
