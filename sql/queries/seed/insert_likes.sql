-- Their posts are new and seen by nobody yet; insert_posts.sql has counted them.
WITH ins AS (
  INSERT INTO likes (user_id, post_id, created_at)
  SELECT u.id, p.id, l.created_at FROM seed_likes l JOIN seed_users u ON u.n = l.liker JOIN seed_posts p ON p.n = l.post
  ORDER BY l.created_at
  RETURNING user_id, post_id, created_at),
log AS (
  INSERT INTO events (type, shard, actor, object, liked_at)
  SELECT 1, feedctl_shard(user_id), user_id, post_id, created_at FROM ins)
SELECT count(*) FROM ins
