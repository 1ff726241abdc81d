-- $1 the time, $2 days that rows answer for. No row: the feed floor lies where a clock that was right
-- can have raised it, but for a day. Else where it is to lie, and where the first partition begins.
SELECT feedctl_id_at($1::timestamptz - make_interval(days => $2::integer)),
       (SELECT min(from_id) FROM feedctl_feed_parts())
FROM feed_floor
WHERE floor > feedctl_id_at($1::timestamptz - make_interval(days => coalesce(days, 1)) + interval '1 day')
