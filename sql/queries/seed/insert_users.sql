WITH ins AS (
  INSERT INTO users (id, handle, name, shard, created_at)
  SELECT id, handle, name, feedctl_shard(id), created_at FROM seed_users WHERE NOT known ORDER BY id
  RETURNING id, shard),
stats AS (INSERT INTO user_stats (user_id) SELECT id FROM ins),
log AS (INSERT INTO events (type, shard, actor, object) SELECT 7, shard, id, id FROM ins)
SELECT count(*) FROM ins
