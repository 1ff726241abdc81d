-- $1 at most so many users.
UPDATE feed_state SET state = 0
WHERE user_id IN (
  SELECT user_id FROM feed_state WHERE state > 0 ORDER BY seen_at LIMIT $1::integer
  FOR UPDATE SKIP LOCKED
)
