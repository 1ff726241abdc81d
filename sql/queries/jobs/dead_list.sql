-- $1 kind or "", $2 ids above this, $3 at most so many
SELECT id, kind, subject, payload::text, error, attempts, crashes, feedctl_us(created_at), feedctl_us(died_at)
FROM dead_events
WHERE ($1 = '' OR kind = $1) AND id > $2::bigint
ORDER BY id
LIMIT $3::integer
