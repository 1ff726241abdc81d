-- $1 what two imports must not do at once, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('feedctl.import:' || $1::text, 0)) IS NULL
