-- Who and where we are, and the settings that the promises rest on.
SELECT current_setting('server_version_num')::bigint,
       current_setting('server_version'),
       current_database(),
       current_user,
       current_setting('fsync') = 'on',
       current_setting('full_page_writes') = 'on',
       current_setting('synchronous_commit'),
       current_setting('wal_compression'),
       (SELECT setting::bigint FROM pg_settings WHERE name = 'max_wal_size'),
       current_setting('autovacuum') = 'on',
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
       (SELECT setting::bigint FROM pg_settings WHERE name = 'checkpoint_timeout'),
       (SELECT setting::bigint FROM pg_settings WHERE name = 'min_wal_size')
