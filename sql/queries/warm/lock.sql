-- Held by the session of the one warm-cache that runs.
SELECT pg_try_advisory_lock(hashtextextended('feedctl.warm_cache', 0))
