-- The row, locked, and the server's time.
SELECT uptime_ms, steady_since_ms, feedctl_us(seen_at), feedctl_us(clock_timestamp())
FROM upkeep_clock FOR UPDATE
