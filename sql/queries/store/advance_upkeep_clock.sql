-- $1 uptime, $2 steady since, $3 the server's time.
UPDATE upkeep_clock SET uptime_ms = $1::bigint, steady_since_ms = $2::bigint, seen_at = $3::timestamptz
