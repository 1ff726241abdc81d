-- Replication slots that nobody reads keep the write-ahead log for ever.
SELECT slot_name, coalesce(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END,
                                           restart_lsn), 0)::bigint
FROM pg_replication_slots WHERE NOT active ORDER BY restart_lsn LIMIT 1
