-- $1 handle, $2 name, $3 role. Columns as users::from_row reads them. No row: the handle is taken.
-- The user, its counters and UserCreated (7).
WITH fresh AS MATERIALIZED (SELECT feedctl_next_id() AS id),
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
)
SELECT id, handle, name, role, 0, 0, feedctl_us(created_at) FROM made
