-- User $1 no longer likes post $2: the counter and PostUnliked (2) with the time the like had.
WITH post AS MATERIALIZED (
  SELECT post_id FROM post_likes WHERE post_id = $2::bigint FOR UPDATE
),
gone AS (
  DELETE FROM likes l USING post p WHERE l.user_id = $1::bigint AND l.post_id = p.post_id
  RETURNING l.user_id, l.post_id, l.created_at
),
counter AS (
  UPDATE post_likes p SET like_count = p.like_count - 1 FROM gone g WHERE p.post_id = g.post_id
),
event AS (
  INSERT INTO events (type, shard, actor, object, liked_at)
  SELECT 2, feedctl_shard(user_id), user_id, post_id, created_at FROM gone
)
SELECT EXISTS (SELECT FROM post), EXISTS (SELECT FROM gone)
