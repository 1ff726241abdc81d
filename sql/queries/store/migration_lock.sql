SELECT pg_try_advisory_lock(hashtextextended('feedctl.migrate', 0))
