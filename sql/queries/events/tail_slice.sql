-- $1 a position, $2 the next one. Of what is new between them the events with ids from $3 to $4, after
-- a row with the log floor. The index (xid, id) finds them without reading the others. $5 at most so
-- many posts whose views they tell: if there are more, the first row has their number, as the object,
-- and no event follows.
WITH news AS MATERIALIZED (
  SELECT xid, id, at, type, shard, actor, object, liked_at, view_deltas
  FROM (
    SELECT * FROM events
    WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))
      AND id BETWEEN $3::bigint AND $4::bigint
    UNION ALL
    SELECT * FROM events
    WHERE xid >= pg_snapshot_xmax($1::pg_snapshot) AND xid < pg_snapshot_xmax($2::pg_snapshot)
      AND id BETWEEN $3 AND $4
  ) found
  WHERE pg_visible_in_snapshot(xid, $2)
),
excess AS MATERIALIZED (
  SELECT sum(object)::bigint AS posts FROM news WHERE type = 13 HAVING sum(object) > $5::bigint
)
SELECT NULL, (SELECT floor::text FROM log_state),
       NULL::xid8 AS xid, NULL::bigint AS id, NULL::timestamptz, NULL::smallint, NULL::smallint,
       NULL::bigint, (SELECT posts FROM excess), NULL::timestamptz, NULL::bigint[]
UNION ALL
SELECT NULL, NULL, xid, id, at, type, shard, actor, object, liked_at, view_deltas
FROM news WHERE NOT EXISTS (SELECT FROM excess)
ORDER BY id NULLS FIRST
