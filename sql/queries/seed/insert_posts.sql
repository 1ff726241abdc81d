WITH ins AS (
  INSERT INTO posts (id, author_id, shard, text, created_at)
  SELECT p.id, u.id, feedctl_shard(u.id), p.text, p.created_at FROM seed_posts p JOIN seed_users u ON u.n = p.author
  ORDER BY p.id
  RETURNING id, author_id, shard),
counters AS (
  INSERT INTO post_likes (post_id, like_count)
  SELECT i.id, count(l.post) FROM ins i JOIN seed_posts p ON p.id = i.id LEFT JOIN seed_likes l ON l.post = p.n GROUP BY i.id),
log AS (INSERT INTO events (type, shard, actor, object) SELECT 5, shard, author_id, id FROM ins)
SELECT count(*) FROM ins
