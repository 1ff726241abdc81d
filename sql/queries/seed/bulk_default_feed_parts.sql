-- As the schema lays them at first: ten days each, from the feed floor on, two ahead.
SELECT count(*) FROM feed_floor f, generate_series(0, 110, 10) AS n
WHERE feedctl_make_feed_part(f.floor + ((n * bigint '86400000') << 12), f.floor + (((n + 10) * bigint '86400000') << 12))
