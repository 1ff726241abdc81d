-- Open jobs by priority, the age of the one that waits longest in seconds, the dead letters, and whether a
-- clock that was ahead has put off a job or a claim.
SELECT count(*) FILTER (WHERE lane = 0), count(*) FILTER (WHERE lane = 1), count(*) FILTER (WHERE lane = 2),
       greatest(0, extract(epoch FROM clock_timestamp() - min(not_before)))::bigint,
       (SELECT count(*) FROM dead_events),
       coalesce(bool_or(not_before - feedctl_longest_wait(kind, wait) > clock_timestamp() + interval '1 minute'
                        OR claimed_until > clock_timestamp() + interval '1 minute'), false)
FROM jobs
