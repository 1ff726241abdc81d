-- $1 a dead letter: a job again, from where it was.
WITH back AS (DELETE FROM dead_events WHERE id = $1::bigint RETURNING *)
INSERT INTO jobs (kind, lane, subject, payload, cursor, done, total, chunks, created_at, wait)
SELECT kind, lane, subject, payload, cursor, done, total, chunks, created_at, interval '0' FROM back
RETURNING kind, subject
