-- $1 milliseconds that dead letters are kept, $2 the time to count them from, $3 at most so many.
DELETE FROM dead_events WHERE id IN (
  SELECT id FROM dead_events WHERE died_at < $2::timestamptz - $1::bigint * interval '1 millisecond'
  LIMIT $3::integer
  FOR UPDATE SKIP LOCKED
)
