SELECT pg_advisory_unlock(hashtextextended('feedctl.flush_views', 0))
