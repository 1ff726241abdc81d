-- How many workers are there. Within this database only.
SELECT count(DISTINCT pid) FROM pg_locks
WHERE locktype = 'advisory' AND classid = 1178945380 AND objid = 0 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
