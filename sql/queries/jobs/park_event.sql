-- $1 payload, $2 the error: an event that failed alone, to be tried again.
INSERT INTO jobs (kind, lane, subject, payload, attempts, error, wait, not_before)
VALUES ('event', 0, ($1::jsonb ->> 'object')::bigint, $1::jsonb, 1, $2, interval '1 second',
        clock_timestamp() + interval '1 second')
