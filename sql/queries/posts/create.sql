-- $1 the author or null for nobody, $2 the text. No row: the author is no living user.
-- The post, its counter and PostCreated (5). A post of nobody has its own id's shard and actor 0.
WITH author AS MATERIALIZED (
  SELECT id, handle, name, shard FROM users WHERE id = $1::bigint AND deleted_at IS NULL
),
draft AS MATERIALIZED (
  SELECT feedctl_next_id() AS id WHERE $1::bigint IS NULL OR EXISTS (SELECT FROM author)
),
post AS (
  INSERT INTO posts (id, author_id, shard, text)
  SELECT d.id, a.id, coalesce(a.shard, feedctl_shard(d.id)), $2::text
  FROM draft d LEFT JOIN author a ON true
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
       CASE WHEN p.author_id IS NOT NULL THEN false END, feedctl_us(p.created_at)
FROM post p LEFT JOIN author a ON true
