-- $1 ids, $2 handles, $3 names.
WITH ins AS (
  INSERT INTO users (id, handle, name, shard, created_at)
  SELECT id, handle, name, feedctl_shard(id), to_timestamp(((id >> 12) + 1735689600000) / 1000.0)
  FROM unnest($1::bigint[], $2::text[], $3::text[]) AS fresh (id, handle, name)
  RETURNING id, shard),
stats AS (INSERT INTO user_stats (user_id) SELECT id FROM ins),
log AS (INSERT INTO events (type, shard, actor, object) SELECT 7, shard, id, id FROM ins ORDER BY id)
SELECT count(*) FROM ins
