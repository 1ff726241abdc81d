-- User $1 likes post $2: the like, the counter and PostLiked (1) with the like's own time.
-- The counter's row is locked first: it says that the post is there, and likes, unlikes and the
-- post's delete queue on it. found without an id: liked before, or by a commit this one waited for.
WITH post AS MATERIALIZED (
  SELECT post_id FROM post_likes WHERE post_id = $2::bigint FOR UPDATE
),
liked AS (
  INSERT INTO likes (user_id, post_id)
  SELECT $1::bigint, post_id FROM post
  ON CONFLICT (user_id, post_id) DO NOTHING
  RETURNING id, user_id, post_id, created_at
),
counter AS (
  UPDATE post_likes p SET like_count = p.like_count + 1 FROM liked l WHERE p.post_id = l.post_id
),
event AS (
  INSERT INTO events (type, shard, actor, object, liked_at)
  SELECT 1, feedctl_shard(user_id), user_id, post_id, created_at FROM liked
)
SELECT EXISTS (SELECT FROM post), l.id, feedctl_us(l.created_at)
FROM (SELECT) one LEFT JOIN liked l ON true
