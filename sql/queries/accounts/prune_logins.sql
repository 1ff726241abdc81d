-- $1 the time, $2 at most so many. Deletes rows whose created_at lies before that time.
DELETE FROM login_attempts WHERE state_hash IN (
  SELECT state_hash FROM login_attempts WHERE created_at < $1::timestamptz
  LIMIT $2::integer
  FOR UPDATE SKIP LOCKED
)
