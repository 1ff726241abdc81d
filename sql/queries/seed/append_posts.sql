-- $1 ids, $2 authors, $3 texts, $4 views. An author who has left meanwhile writes nothing more.
WITH wanted AS MATERIALIZED (
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) AS p (id, author_id, text, views)
),
ins AS (
  INSERT INTO posts (id, author_id, shard, text, created_at)
  SELECT p.id, u.id, u.shard, p.text, to_timestamp(((p.id >> 12) + 1735689600000) / 1000.0)
  FROM wanted p
  JOIN users u ON u.id = p.author_id AND u.deleted_at IS NULL
  RETURNING id, author_id, shard),
counters AS (INSERT INTO post_likes (post_id) SELECT id FROM ins),
viewed AS (
  INSERT INTO post_views (post_id, view_count, base)
  SELECT i.id, w.views, w.views FROM ins i JOIN wanted w ON w.id = i.id WHERE w.views > 0),
log AS (INSERT INTO events (type, shard, actor, object) SELECT 5, shard, author_id, id FROM ins ORDER BY id)
SELECT count(*) FROM ins
