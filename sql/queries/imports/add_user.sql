-- $1 handle, $2 name, $3 microseconds since 1970 or null: now. The user, its counters and
-- UserCreated (7). No row: the handle is taken.
WITH made AS (
  INSERT INTO users (id, handle, name, shard, created_at)
  SELECT id, $1::text, $2::text, feedctl_shard(id),
         coalesce(least(timestamptz 'epoch' + $3::bigint * interval '1 microsecond', clock_timestamp()),
                  clock_timestamp())
  FROM (SELECT feedctl_next_id() AS id OFFSET 0) fresh
  ON CONFLICT (handle) WHERE deleted_at IS NULL DO NOTHING
  RETURNING id, shard
),
stats AS (INSERT INTO user_stats (user_id) SELECT id FROM made),
log AS (INSERT INTO events (type, shard, actor, object) SELECT 7, shard, id, id FROM made)
SELECT id FROM made
