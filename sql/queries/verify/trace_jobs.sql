-- $1 the post: its jobs and its dead letters.
SELECT 'open', id, kind, done, total, cursor, attempts, error, feedctl_us(created_at), chunks FROM jobs
WHERE (subject = $1::bigint AND kind IN ('fan_out', 'remove_likes')) OR (kind = 'event' AND (payload->>'object')::bigint = $1)
UNION ALL
SELECT 'dead', id, kind, done, total, cursor, attempts, error, feedctl_us(created_at), chunks FROM dead_events
WHERE (subject = $1 AND kind IN ('fan_out', 'remove_likes')) OR (kind = 'event' AND (payload->>'object')::bigint = $1)
ORDER BY 1 DESC, 2
