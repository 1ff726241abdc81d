-- $1 gc or verify. Held by the session of the one that runs.
SELECT pg_try_advisory_lock(hashtextextended('feedctl.media_' || $1, 0))
