-- Open jobs by lane, the age of the one that waits longest in seconds, and the dead letters.
SELECT count(*) FILTER (WHERE lane = 0), count(*) FILTER (WHERE lane = 1), count(*) FILTER (WHERE lane = 2),
       greatest(0, extract(epoch FROM clock_timestamp() - min(not_before)))::bigint,
       (SELECT count(*) FROM dead_events)
FROM jobs
