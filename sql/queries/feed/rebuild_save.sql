-- $1 the last user that is done, with all before; $2 users, $3 rows, $4 failed users so far;
-- $5 it was the last one.
UPDATE feed_rebuild
SET cursor = $1::bigint, users = $2::bigint, rows = $3::bigint, failed = $4::bigint,
    moved_at = clock_timestamp(), finished_at = CASE WHEN $5::boolean THEN clock_timestamp() END
