-- $1 at most so many
SELECT id, kind, subject, payload::text, error, attempts, crashes, feedctl_us(created_at), feedctl_us(died_at)
FROM dead_events
WHERE published_at IS NULL
ORDER BY id
LIMIT $1::integer
