-- Of a much liked post, before its lock is taken.
SELECT count(*), pg_current_snapshot()::text FROM likes WHERE post_id = $1::bigint
