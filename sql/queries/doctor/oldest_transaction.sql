-- What holds back vacuum and the log's readers. Other roles' sessions show only to pg_read_all_stats.
SELECT pid, coalesce(application_name, ''), greatest(extract(epoch FROM clock_timestamp() - xact_start), 0)::bigint
FROM pg_stat_activity
WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND backend_type = 'client backend'
ORDER BY xact_start
LIMIT 1
