-- $1 the time, $2 at most so many. Deletes rows whose expires_at lies before that time.
DELETE FROM sessions WHERE id IN (
  SELECT id FROM sessions WHERE expires_at < $1::timestamptz
  LIMIT $2::integer
  FOR UPDATE SKIP LOCKED
)
