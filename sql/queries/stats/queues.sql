-- Jobs that wait, those of them that have failed before, the seconds that the oldest waits, and dead events.
SELECT count(*), count(*) FILTER (WHERE attempts > 0),
       coalesce(greatest(extract(epoch FROM clock_timestamp() - min(created_at)), 0), 0)::bigint,
       (SELECT count(*) FROM dead_events)
FROM jobs
