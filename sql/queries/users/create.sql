-- $1 handle, $2 name, $3 role. Columns as users::from_row reads them; nulls: the handle is taken.
-- The user, its counters and UserCreated (7).
-- $4 who asks, $5, $6 the key's hash and fingerprint, or nulls. Last come the columns that
-- commands::settle reads.
WITH seen AS MATERIALIZED (
  SELECT fp = $6::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $4::bigint AND key_hash = $5::bytea
),
fresh AS MATERIALIZED (SELECT feedctl_next_id() AS id WHERE NOT EXISTS (SELECT FROM seen)),
made AS (
  INSERT INTO users (id, handle, name, role, shard)
  SELECT id, $1, $2, $3, feedctl_shard(id) FROM fresh
  ON CONFLICT (handle) WHERE deleted_at IS NULL DO NOTHING
  RETURNING id, handle, name, role, shard, created_at
),
stats AS (
  INSERT INTO user_stats (user_id) SELECT id FROM made
),
event AS (
  INSERT INTO events (type, shard, actor, object) SELECT 7, shard, id, id FROM made
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $4, $5, $6, 7, m.id, CASE WHEN m.id IS NULL THEN 409 ELSE 201 END
  FROM (SELECT) one LEFT JOIN made m ON true
  WHERE $5 IS NOT NULL AND NOT EXISTS (SELECT FROM seen)
)
SELECT m.id, m.handle, m.name, m.role, 0, 0, feedctl_us(m.created_at),
       NULL::bigint, s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN made m ON true LEFT JOIN seen s ON true
