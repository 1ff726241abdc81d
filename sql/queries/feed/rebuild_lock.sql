-- Held by the session of the one rebuild that runs.
SELECT pg_try_advisory_lock(hashtextextended('feedctl.rebuild_feed', 0))
