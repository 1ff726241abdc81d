-- $1 the oldest post id it is about, $2 whether it activates users.
INSERT INTO feed_rebuild AS r (since, inactive) VALUES ($1::bigint, $2::boolean)
ON CONFLICT (only_row) DO UPDATE
SET since = excluded.since, inactive = excluded.inactive, cursor = 0, users = 0, rows = 0, failed = 0,
    started_at = clock_timestamp(), moved_at = clock_timestamp(), finished_at = NULL
