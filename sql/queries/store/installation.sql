-- Which database this is: its cluster and its number there. A copy of it is another one, also where
-- all that stands in it is the same.
SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || oid
FROM pg_database WHERE datname = current_database()
