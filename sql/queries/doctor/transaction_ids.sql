-- How far the oldest transaction id that any database still holds lies behind, and which one does; and
-- how far it may, before autovacuum freezes whatever stands in its way.
SELECT age(datfrozenxid), datname, current_setting('autovacuum_freeze_max_age')::bigint
FROM pg_database ORDER BY 1 DESC LIMIT 1
