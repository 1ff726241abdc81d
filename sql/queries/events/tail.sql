-- $1 a position, $2 at most so many events. First the new position and the log's floor, then what is
-- new since, in the order of the ids; where there is more than $2, any of it. Times and transaction
-- ids as they are: to convert each costs more than to read it.
SELECT pg_current_snapshot()::text, (SELECT floor::text FROM log_state),
       NULL::xid8 AS xid, NULL::bigint AS id, NULL::timestamptz, NULL::smallint, NULL::smallint,
       NULL::bigint, NULL::bigint, NULL::timestamptz, NULL::bigint[]
UNION ALL
(SELECT NULL, NULL, xid, id, at, type, shard, actor, object, liked_at, view_deltas
 FROM (
   SELECT * FROM events WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))
   UNION ALL
   SELECT * FROM events WHERE xid >= pg_snapshot_xmax($1::pg_snapshot)
   LIMIT $2::bigint
 ) news)
ORDER BY id NULLS FIRST
