-- $1 the feed floor, $2 days that rows answer for, $3 whether all users' rows are to be filled anew.
UPDATE feed_floor
SET floor = $1::bigint, days = $2::integer, raised_at = clock_timestamp(), fill_after = CASE WHEN $3::boolean THEN 0 END
WHERE floor > $1
