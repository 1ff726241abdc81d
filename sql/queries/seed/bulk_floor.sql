SELECT f.floor, coalesce(min(p.from_id), f.floor) FROM feed_floor f LEFT JOIN feedctl_feed_parts() p ON true GROUP BY f.floor
