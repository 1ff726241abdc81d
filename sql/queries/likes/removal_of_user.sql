-- $1 a user, $2 posts whose counters the transaction has locked. The user's likes of them, the
-- counters, and PostUnliked (2) with each like's own time. A post without a counter is deleted, and
-- nobody counts its likes.
WITH gone AS (
  DELETE FROM likes WHERE user_id = $1::bigint AND post_id = ANY ($2::bigint[])
  RETURNING post_id, created_at
),
counted AS (
  UPDATE post_likes p SET like_count = p.like_count - 1 FROM gone g WHERE p.post_id = g.post_id
  RETURNING p.post_id
)
INSERT INTO events (type, shard, actor, object, liked_at)
SELECT 2, feedctl_shard($1), $1, g.post_id, g.created_at
FROM gone g JOIN counted c ON c.post_id = g.post_id
ORDER BY g.post_id
