-- Held by the session of the flush that runs.
SELECT pg_try_advisory_lock(hashtextextended('feedctl.flush_views', 0))
