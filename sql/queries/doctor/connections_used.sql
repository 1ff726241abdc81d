-- Client connections to the server, of all databases, and those of feedctl to this one.
SELECT count(*), count(*) FILTER (WHERE datname = current_database() AND application_name LIKE 'feedctl.%')
FROM pg_stat_activity WHERE backend_type = 'client backend' OR backend_type IS NULL
