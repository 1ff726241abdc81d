-- $1 the author or null for nobody, $2 the text. A null id: the author is no active user.
-- The post, its counter and PostCreated (5). A post of nobody has its own id's shard and actor 0.
-- $3, $4: the key's hash and fingerprint, or null. The key is claimed before the post is written:
-- its answer is always 201 with the id that was drawn. Last come the columns that commands::settle
-- reads.
WITH seen AS MATERIALIZED (
  SELECT fp = $4::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $1::bigint AND key_hash = $3::bytea
),
author AS MATERIALIZED (
  SELECT id, handle, name, shard, avatar_id FROM users
  WHERE id = $1::bigint AND deleted_at IS NULL AND suspended_at IS NULL
    AND NOT EXISTS (SELECT FROM seen)
),
draft AS MATERIALIZED (
  SELECT feedctl_next_id() AS id WHERE $1::bigint IS NULL OR EXISTS (SELECT FROM author)
),
claim AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $1, $3, $4, 5, id, 201 FROM draft WHERE $3 IS NOT NULL
  RETURNING result_id
),
post AS (
  INSERT INTO posts (id, author_id, shard, text)
  SELECT d.id, a.id, coalesce(a.shard, feedctl_shard(d.id)), $2::text
  FROM draft d LEFT JOIN author a ON true
  WHERE $3 IS NULL OR EXISTS (SELECT FROM claim)
  RETURNING id, author_id, shard, text, created_at
),
counter AS (
  INSERT INTO post_likes (post_id) SELECT id FROM post
),
event AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT 5, shard, coalesce(author_id, 0), id FROM post
)
SELECT p.id, p.author_id, a.handle, a.name, p.text, 0, 0,
       CASE WHEN p.author_id IS NOT NULL THEN false END, feedctl_us(p.created_at),
       NULL::text, a.avatar_id,
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN post p ON true LEFT JOIN author a ON true LEFT JOIN seen s ON true
