-- Seconds that the log reaches back, at most a day; 0 if it has no event of the last day.
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0)::bigint
FROM events
WHERE at > clock_timestamp() - interval '1 day'
