-- The load wrote no events: whoever reads the log goes on from here.
UPDATE consumers SET ver = ver + 1, at = pg_current_snapshot(), upto = NULL, done_xid = NULL, done_id = NULL,
       dirty = false, try_xid = NULL, try_id = NULL, crashes = 0, moved_at = clock_timestamp()
