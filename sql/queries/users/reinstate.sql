-- $1 the account. It and all that it had before its suspension are shown again; UserReinstated (15),
-- unless it is not suspended. Its sign-ins have ended.
-- $2 who asks, $3, $4 the key's hash and fingerprint, or nulls. Columns as in suspend, but whether the
-- account was suspended.
WITH seen AS MATERIALIZED (
  SELECT fp = $4::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $2::bigint AND key_hash = $3::bytea
),
wanted AS MATERIALIZED (
  SELECT id, suspended_at FROM users
  WHERE id = $1::bigint AND deleted_at IS NULL AND NOT EXISTS (SELECT FROM seen)
  FOR UPDATE
),
changed AS (
  UPDATE users u SET suspended_at = NULL, suspended_reason = NULL
  FROM wanted w
  WHERE u.id = w.id
  RETURNING u.id, u.handle, u.name, u.role, u.shard, u.created_at, u.avatar_id, u.suspended_at,
            u.suspended_reason, w.suspended_at IS NOT NULL AS was_hidden
),
event AS (
  INSERT INTO events (type, shard, actor, object) SELECT 15, shard, id, id FROM changed WHERE was_hidden
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $2, $3, $4, 15, $1, CASE WHEN c.id IS NULL THEN 404 ELSE 200 END
  FROM (SELECT) one LEFT JOIN changed c ON true
  WHERE $3 IS NOT NULL AND NOT EXISTS (SELECT FROM seen)
)
SELECT c.id, c.handle, c.name, c.role, t.followers, t.following, feedctl_us(c.created_at),
       c.avatar_id, feedctl_us(c.suspended_at), c.suspended_reason, coalesce(c.was_hidden, false),
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN changed c ON true LEFT JOIN user_stats t ON t.user_id = c.id
LEFT JOIN seen s ON true
