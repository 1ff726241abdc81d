-- A row if the feed floor lies over a day above what a clock that is right can have raised it to: it,
-- by how many seconds, and the server's time.
SELECT f.floor, ((f.floor - b.highest) >> 12) / 1000, feedctl_us(clock_timestamp())
FROM feed_floor f
CROSS JOIN LATERAL (
  SELECT feedctl_id_at(clock_timestamp() - make_interval(days => coalesce(f.days, 1))) AS highest
) b
WHERE f.floor > b.highest + (86400000::bigint << 12)
