-- $1 a position, $2 at most so many events, $3 at most so many posts whose views they tell. First the new
-- position, the log floor and, if there are more posts, their number, as the object; no event follows
-- then. Else what is new since, in the order of the ids; where there is more than $2, any of it. Times and
-- transaction ids as they are: to convert each costs more than to read it.
WITH news AS MATERIALIZED (
  SELECT xid, id, at, type, shard, actor, object, liked_at, view_deltas FROM events
  WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))
  UNION ALL
  SELECT xid, id, at, type, shard, actor, object, liked_at, view_deltas FROM events
  WHERE xid >= pg_snapshot_xmax($1::pg_snapshot)
  LIMIT $2::bigint
),
excess AS MATERIALIZED (
  SELECT sum(object)::bigint AS posts FROM news WHERE type = 13 HAVING sum(object) > $3::bigint
)
SELECT pg_current_snapshot()::text, (SELECT floor::text FROM log_state),
       NULL::xid8 AS xid, NULL::bigint AS id, NULL::timestamptz, NULL::smallint, NULL::smallint,
       NULL::bigint, (SELECT posts FROM excess), NULL::timestamptz, NULL::bigint[]
UNION ALL
SELECT NULL, NULL, xid, id, at, type, shard, actor, object, liked_at, view_deltas
FROM news WHERE NOT EXISTS (SELECT FROM excess)
ORDER BY id NULLS FIRST
