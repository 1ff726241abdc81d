-- $1 job, $2 claim, $3 the error: a job becomes a dead letter.
WITH gone AS (DELETE FROM jobs WHERE id = $1::bigint AND claim = $2::bigint RETURNING *)
INSERT INTO dead_events (kind, lane, subject, payload, cursor, done, total, chunks, attempts, crashes, error, created_at)
SELECT kind, lane, subject, payload, cursor, done, total, chunks, attempts, crashes, $3, created_at FROM gone
RETURNING id
