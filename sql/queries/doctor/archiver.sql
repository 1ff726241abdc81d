-- Archiving of the write-ahead log: mode; whether a command or library is set; archive_timeout in seconds; files
-- archived and failed; seconds since the last of each, or null; whether the last try failed, and of which file;
-- whole segments that have been written since the last one that was archived, or null.
SELECT current_setting('archive_mode'),
       coalesce(nullif(current_setting('archive_command'), '(disabled)'), '') <> ''
         OR coalesce(current_setting('archive_library', true), '') <> '',
       (SELECT setting::bigint FROM pg_settings WHERE name = 'archive_timeout'),
       a.archived_count, a.failed_count,
       extract(epoch FROM clock_timestamp() - a.last_archived_time)::bigint,
       extract(epoch FROM clock_timestamp() - a.last_failed_time)::bigint,
       coalesce(a.last_failed_time > coalesce(a.last_archived_time, '-infinity'), false),
       a.last_failed_wal,
       CASE WHEN NOT pg_is_in_recovery() AND a.last_archived_wal ~ '^[0-9A-F]{24}' THEN
         floor((pg_current_wal_lsn() - '0/0'::pg_lsn) / s.size)::bigint - 1
         - (('x' || substr(a.last_archived_wal, 9, 8))::bit(32)::bigint * (4294967296 / s.size)
            + ('x' || substr(a.last_archived_wal, 17, 8))::bit(32)::bigint)
       END
FROM pg_stat_archiver a, (SELECT pg_size_bytes(current_setting('wal_segment_size')) AS size) s
