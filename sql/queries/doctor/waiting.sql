-- Events that the workers have not passed, of the first 10,000, and the age of the oldest in seconds.
SELECT count(*), greatest(coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0), 0)::bigint
FROM (SELECT at FROM waiting_events WHERE name = 'work' LIMIT 10000) w
