-- $1 at most so many rows are counted. One row: microseconds that the oldest waiting event waits, 0 where
-- none does; events that wait for a consumer; dead events; microseconds since views were last flushed, null
-- where the ledger has no flush.
WITH waiting AS MATERIALIZED (SELECT at FROM waiting_events LIMIT $1::bigint),
dead AS MATERIALIZED (SELECT FROM dead_events LIMIT $1::bigint)
SELECT
  coalesce((SELECT greatest(extract(epoch FROM clock_timestamp() - min(at)) * 1000000, 0)::bigint FROM waiting), 0),
  (SELECT count(*) FROM waiting),
  (SELECT count(*) FROM dead),
  (SELECT greatest(extract(epoch FROM clock_timestamp() - max(applied_at)) * 1000000, 0)::bigint FROM view_flush
   HAVING max(applied_at) IS NOT NULL)
