-- $1, $2, $3 an event's transaction, id and time, or nulls. Which line of writes this is: the cluster,
-- and how often it has gone on from an earlier point; and whether the log still holds that event, or
-- need no longer.
SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' ||
         left(pg_walfile_name(pg_current_wal_lsn()), 8),
       $1::xid8 IS NULL OR $1 < (SELECT floor FROM log_state) OR
         EXISTS (SELECT FROM events WHERE xid = $1 AND id = $2::bigint AND at = $3::timestamptz)
