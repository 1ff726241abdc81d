-- $1 at most so many events are counted. A row for each consumer and slot: events that wait, and the seconds
-- that the oldest of them waits.
WITH waiting AS MATERIALIZED (SELECT name, slot, at FROM waiting_events LIMIT $1::bigint)
SELECT c.name, c.slot, count(w.at),
       coalesce(greatest(extract(epoch FROM clock_timestamp() - min(w.at)), 0), 0)::bigint
FROM consumers c
LEFT JOIN waiting w ON w.name = c.name AND w.slot = c.slot
GROUP BY c.name, c.slot
ORDER BY c.name, c.slot
