-- $1 job, $2 claim: held still? Locks the row for the chunk.
SELECT id FROM jobs WHERE id = $1::bigint AND claim = $2::bigint FOR UPDATE
