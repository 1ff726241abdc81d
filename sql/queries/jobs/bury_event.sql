-- $1 payload, $2 crashes, $3 the error: an event that never became a job.
INSERT INTO dead_events (kind, lane, subject, payload, attempts, crashes, error, created_at)
VALUES ('event', 0, ($1::jsonb ->> 'object')::bigint, $1::jsonb, 0, $2::integer, $3, clock_timestamp())
