-- $1 ids, $2 authors, $3 texts. An author who has left meanwhile writes nothing more.
WITH ins AS (
  INSERT INTO posts (id, author_id, shard, text, created_at)
  SELECT p.id, u.id, u.shard, p.text, to_timestamp(((p.id >> 12) + 1735689600000) / 1000.0)
  FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS p (id, author_id, text)
  JOIN users u ON u.id = p.author_id AND u.deleted_at IS NULL
  RETURNING id, author_id, shard),
counters AS (INSERT INTO post_likes (post_id) SELECT id FROM ins),
log AS (INSERT INTO events (type, shard, actor, object) SELECT 5, shard, author_id, id FROM ins ORDER BY id)
SELECT count(*) FROM ins
