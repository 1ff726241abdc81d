-- Who else of feedctl is connected to this database, other than seed itself.
SELECT coalesce(string_agg(DISTINCT application_name, ', '), '') FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'feedctl.%' AND application_name NOT LIKE 'feedctl.seed%'
