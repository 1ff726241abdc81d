-- $1 job, $2 cursor of the next chunk, $3 rows of this one. The job then waits behind the others of its
-- priority.
UPDATE jobs SET cursor = $2, done = done + $3::bigint, chunks = chunks + 1, attempts = 0, crashes = 0, error = NULL,
                claimed_until = NULL, wait = interval '0', not_before = clock_timestamp()
WHERE id = $1::bigint
