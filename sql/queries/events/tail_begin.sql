-- The position of now; the highest transaction that the log holds, and the log floor.
SELECT pg_current_snapshot()::text, (SELECT max(xid)::text FROM events), (SELECT floor::text FROM log_state)
