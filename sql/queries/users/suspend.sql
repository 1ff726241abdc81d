-- $1 the account, $2 why, or null. From now on nobody sees it or its posts, and it cannot act;
-- UserSuspended (14). One that is suspended already stays so, and gets the new reason, if any.
-- $3 who asks, $4, $5 the key's hash and fingerprint, or nulls. Columns as in account (nulls: no living
-- user), then whether the account was shown before; last come the columns that commands::settle reads.
WITH seen AS MATERIALIZED (
  SELECT fp = $5::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $3::bigint AND key_hash = $4::bytea
),
wanted AS MATERIALIZED (
  SELECT id, suspended_at, suspended_reason FROM users
  WHERE id = $1::bigint AND deleted_at IS NULL AND NOT EXISTS (SELECT FROM seen)
  FOR UPDATE
),
changed AS (
  UPDATE users u
  SET suspended_at = coalesce(w.suspended_at, clock_timestamp()),
      suspended_reason = coalesce($2::text, w.suspended_reason)
  FROM wanted w
  WHERE u.id = w.id
  RETURNING u.id, u.handle, u.name, u.role, u.shard, u.created_at, u.avatar_id, u.suspended_at,
            u.suspended_reason, w.suspended_at IS NULL AS was_shown
),
event AS (
  INSERT INTO events (type, shard, actor, object) SELECT 14, shard, id, id FROM changed WHERE was_shown
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $3, $4, $5, 14, $1, CASE WHEN c.id IS NULL THEN 404 ELSE 200 END
  FROM (SELECT) one LEFT JOIN changed c ON true
  WHERE $4 IS NOT NULL AND NOT EXISTS (SELECT FROM seen)
)
SELECT c.id, c.handle, c.name, c.role, t.followers, t.following, feedctl_us(c.created_at),
       c.avatar_id, feedctl_us(c.suspended_at), c.suspended_reason, coalesce(c.was_shown, false),
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN changed c ON true LEFT JOIN user_stats t ON t.user_id = c.id
LEFT JOIN seen s ON true
