-- Bytes of the files of the write-ahead log.
SELECT coalesce(sum(size), 0)::bigint FROM pg_ls_waldir()
