-- Bytes of the database, whether this role may list the files of the write-ahead log, and the server's data
-- folder, null where this role may not know it.
SELECT pg_database_size(current_database()), has_function_privilege('pg_ls_waldir()', 'EXECUTE'),
       (SELECT setting FROM pg_settings WHERE name = 'data_directory')
