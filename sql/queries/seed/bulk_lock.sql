-- One bulk load at a time, until the session ends.
SELECT pg_try_advisory_lock(hashtextextended('feedctl.seed', 0))
