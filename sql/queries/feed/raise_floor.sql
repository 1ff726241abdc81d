-- $1 the feed floor, $2 days that rows answer for.
UPDATE feed_floor SET floor = $1::bigint, days = $2::integer, raised_at = clock_timestamp() WHERE floor < $1
