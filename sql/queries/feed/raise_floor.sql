UPDATE feed_floor SET floor = $1::bigint, raised_at = clock_timestamp() WHERE floor < $1
