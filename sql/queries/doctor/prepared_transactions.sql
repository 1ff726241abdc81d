SELECT gid, greatest(extract(epoch FROM clock_timestamp() - prepared), 0)::bigint FROM pg_prepared_xacts ORDER BY prepared LIMIT 1
