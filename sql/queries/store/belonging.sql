-- The schema's version; the cluster whose transaction ids the log speaks of, and the one that answers.
SELECT coalesce((SELECT max(version) FROM schema_migrations), 0), (SELECT cluster FROM log_state),
       (SELECT system_identifier FROM pg_control_system())
