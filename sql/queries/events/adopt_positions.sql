-- $1 a snapshot that sees none of the events: all are new to the workers. The relay begins anew, as where
-- there was none.
WITH relay AS (DELETE FROM consumers WHERE name = 'relay')
UPDATE consumers
SET ver = ver + 1, at = $1::pg_snapshot, upto = NULL, done_xid = NULL, done_id = NULL, dirty = false,
    try_xid = NULL, try_id = NULL, crashes = 0, moved_at = clock_timestamp()
WHERE name <> 'relay'
