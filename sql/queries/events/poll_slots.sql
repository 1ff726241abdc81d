-- $1 a position. The new one, and the slots (of 16) that have news since the old one.
SELECT pg_current_snapshot()::text,
       coalesce((SELECT string_agg(DISTINCT (shard % 16)::text, ',') FROM (
         SELECT shard FROM events WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))
         UNION ALL
         SELECT shard FROM events WHERE xid >= pg_snapshot_xmax($1::pg_snapshot)
       ) news), '')
