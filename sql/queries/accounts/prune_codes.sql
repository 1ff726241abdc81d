-- $1 the time, $2 at most so many. Deletes rows whose created_at lies before that time.
DELETE FROM login_codes WHERE code_hash IN (
  SELECT code_hash FROM login_codes WHERE created_at < $1::timestamptz
  LIMIT $2::integer
  FOR UPDATE SKIP LOCKED
)
