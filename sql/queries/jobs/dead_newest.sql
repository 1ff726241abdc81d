-- $1 ids below this, $2 at most so many
SELECT id, kind, subject, payload::text, error, attempts, crashes, feedctl_us(created_at), feedctl_us(died_at)
FROM dead_events
WHERE id < $1::bigint
ORDER BY id DESC
LIMIT $2::integer
