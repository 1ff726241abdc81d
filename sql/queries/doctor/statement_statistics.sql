-- Whether this database has pg_stat_statements.
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements')
