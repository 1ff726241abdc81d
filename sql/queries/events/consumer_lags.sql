-- $1 events of the log that are looked at for each slot: those that its position does not see, the first ones. A
-- row for each consumer and slot: its events among them, and the microseconds that the oldest of them has
-- waited, 0 where none waits.
SELECT c.name, c.slot, w.events,
       coalesce(greatest(extract(epoch FROM clock_timestamp() - w.oldest) * 1000000, 0), 0)::bigint
FROM consumers c
CROSS JOIN LATERAL (
  SELECT count(*) AS events, min(at) AS oldest
  FROM (
    (SELECT xid, id, at, shard FROM events WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(c.at)))
     ORDER BY xid, id LIMIT $1::bigint)
    UNION ALL
    (SELECT xid, id, at, shard FROM events WHERE xid >= pg_snapshot_xmax(c.at)
     ORDER BY xid, id LIMIT $1)
  ) e
  WHERE (c.name <> 'work' OR e.shard % 16 = c.slot)
    AND (c.upto IS NULL OR NOT pg_visible_in_snapshot(e.xid, c.upto) OR (e.xid, e.id) > (c.done_xid, c.done_id))
) w
ORDER BY c.name, c.slot
