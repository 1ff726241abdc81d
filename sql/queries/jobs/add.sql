-- $1 kind, $2 priority, $3 subject, $4 payload, $5 rows expected or null, $6 seconds until it may begin
INSERT INTO jobs (kind, lane, subject, payload, total, wait, not_before)
VALUES ($1, $2::smallint, $3::bigint, $4::jsonb, $5::bigint, $6::integer * interval '1 second',
        clock_timestamp() + $6::integer * interval '1 second')
