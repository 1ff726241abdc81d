-- $1 id, $2 the new name or null, $3 the new role or null. Columns as users::from_row reads them;
-- nulls: no living user, or a suspended one, of which only the role may change. UserUpdated (8) only
-- where something changed.
-- $4 who asks, $5, $6 the key's hash and fingerprint, or nulls. Last come the columns that
-- commands::settle reads.
WITH seen AS MATERIALIZED (
  SELECT fp = $6::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $4::bigint AND key_hash = $5::bytea
),
wanted AS MATERIALIZED (
  SELECT id, handle, coalesce($2::text, name) AS name, coalesce($3::text, role) AS role, created_at,
         name IS DISTINCT FROM coalesce($2::text, name) OR role <> coalesce($3::text, role) AS differs
  FROM users
  WHERE id = $1::bigint AND deleted_at IS NULL AND (suspended_at IS NULL OR $3::text IS NOT NULL)
    AND NOT EXISTS (SELECT FROM seen)
  FOR UPDATE
),
changed AS (
  UPDATE users u SET name = w.name, role = w.role FROM wanted w WHERE u.id = w.id AND w.differs
  RETURNING u.id, u.shard
),
event AS (
  INSERT INTO events (type, shard, actor, object) SELECT 8, shard, id, id FROM changed
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $4, $5, $6, 8, $1, CASE WHEN w.id IS NULL THEN 404 ELSE 200 END
  FROM (SELECT) one LEFT JOIN wanted w ON true
  WHERE $5 IS NOT NULL AND NOT EXISTS (SELECT FROM seen)
    AND (w.id IS NOT NULL OR NOT EXISTS (
      SELECT FROM users WHERE id = $1 AND deleted_at IS NULL AND suspended_at IS NOT NULL))
)
SELECT w.id, w.handle, w.name, w.role, t.followers, t.following, feedctl_us(w.created_at),
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN wanted w ON true LEFT JOIN user_stats t ON t.user_id = w.id
LEFT JOIN seen s ON true
