-- $1 a position. First the new one and the log's floor, then every event that is new since, in the
-- order of the ids. Times and transaction ids as they are: to convert each costs more than to read it.
SELECT pg_current_snapshot()::text, (SELECT floor::text FROM log_state),
       NULL::xid8 AS xid, NULL::bigint AS id, NULL::timestamptz, NULL::smallint, NULL::smallint,
       NULL::bigint, NULL::bigint, NULL::timestamptz
UNION ALL
(SELECT NULL, NULL, xid, id, at, type, shard, actor, object, liked_at
 FROM (
   SELECT * FROM events WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))
   UNION ALL
   SELECT * FROM events WHERE xid >= pg_snapshot_xmax($1::pg_snapshot)
 ) news)
ORDER BY id NULLS FIRST
