-- Forgets up to $1 of the keys that are older than 24 hours at $2. The index by time finds them.
WITH old AS (
  SELECT user_id, key_hash FROM idempotency_keys
  WHERE created_at < $2::timestamptz - interval '24 hours'
  LIMIT $1::integer
  FOR UPDATE SKIP LOCKED
),
gone AS (
  DELETE FROM idempotency_keys k USING old o
  WHERE k.user_id = o.user_id AND k.key_hash = o.key_hash
  RETURNING 1
)
SELECT count(*) FROM gone
