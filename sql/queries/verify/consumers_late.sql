-- $1 seconds: consumers and, for each with an event that waits longer, name, slot, events, seconds.
SELECT (SELECT count(*) FROM consumers), l.name, l.slot, l.n, l.seconds
FROM (SELECT) one LEFT JOIN (
  SELECT name, slot, count(*) AS n, extract(epoch FROM clock_timestamp() - min(at))::bigint AS seconds
  FROM waiting_events
  GROUP BY name, slot
  HAVING min(at) < clock_timestamp() - make_interval(secs => $1::integer)
) l ON true
ORDER BY l.name, l.slot
