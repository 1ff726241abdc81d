-- $1 the time. Who was seen by a clock that was ahead has been seen now.
UPDATE feed_state SET seen_at = $1::timestamptz
WHERE state > 0 AND user_id IN (
  SELECT user_id FROM feed_state WHERE state > 0 AND seen_at > $1::timestamptz + interval '1 hour'
  ORDER BY seen_at DESC LIMIT 10000
  FOR UPDATE SKIP LOCKED
)
