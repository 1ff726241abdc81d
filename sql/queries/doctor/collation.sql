-- Whether the library that sorts texts is the one that the indexes were made with; from version 15 on.
SELECT datname, coalesce(datcollversion = pg_database_collation_actual_version(oid), true)
FROM pg_database WHERE datname = current_database()
