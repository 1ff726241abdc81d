-- Left behind by a CREATE INDEX CONCURRENTLY that failed: kept up to date, never used.
SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT i.indisvalid AND c.relnamespace = 'public'::regnamespace
ORDER BY 1
