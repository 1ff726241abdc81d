-- $1 days, $2 at most so many users, $3 the time to count the days from.
UPDATE feed_state SET state = 0
WHERE state > 0 AND user_id IN (
  SELECT user_id FROM feed_state
  WHERE state > 0 AND seen_at < $3::timestamptz - make_interval(days => $1::integer)
  ORDER BY seen_at LIMIT $2::integer
  FOR UPDATE SKIP LOCKED
)
