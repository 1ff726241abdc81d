-- $1 consumer, $2 slot, $3 at most so many, $4 slots of this consumer. First in its transaction, which
-- must not have a transaction id yet: an event that it writes later would count as seen.
-- ver, the snapshot read up to, whether it moved, then the next events in the order (xid, id); one
-- row of null events where there are none, no row where there is no such consumer.
WITH c AS MATERIALIZED (
  SELECT ver, at, coalesce(upto, pg_current_snapshot()) AS u,
         coalesce(done_xid, '0'::xid8) AS dx, coalesce(done_id, 0) AS di
  FROM consumers WHERE name = $1 AND slot = $2::integer
)
SELECT c.ver, c.u::text, c.u::text <> c.at::text,
       w.xid::text, w.id, feedctl_us(w.at), w.type, w.shard, w.actor, w.object, feedctl_us(w.liked_at)
FROM c LEFT JOIN (
  SELECT * FROM (
    (SELECT xid, id, at, type, shard, actor, object, liked_at FROM events
     WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(at) FROM c))
       AND (xid, id) > ((SELECT dx FROM c), (SELECT di FROM c))
       AND pg_visible_in_snapshot(xid, (SELECT u FROM c)) AND shard % $4::integer = $2
     ORDER BY xid, id LIMIT $3::integer)
    UNION ALL
    (SELECT xid, id, at, type, shard, actor, object, liked_at FROM events
     WHERE (xid, id) > ((SELECT greatest(pg_snapshot_xmax(at), dx) FROM c),
                        (SELECT CASE WHEN dx >= pg_snapshot_xmax(at) THEN di ELSE -1 END FROM c))
       AND xid < (SELECT pg_snapshot_xmax(u) FROM c)
       AND pg_visible_in_snapshot(xid, (SELECT u FROM c)) AND shard % $4 = $2
     ORDER BY xid, id LIMIT $3)
  ) v ORDER BY xid, id LIMIT $3
) w ON true
ORDER BY w.xid, w.id
