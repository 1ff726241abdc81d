-- $1 users, $2 posts, $3 microseconds since 1970. The counters are locked first, in order, so that
-- a like of a post that is deleted meanwhile is left out.
WITH wanted AS MATERIALIZED (
  SELECT user_id, post_id, timestamptz 'epoch' + us * interval '1 microsecond' AS created_at
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS w (user_id, post_id, us)
),
locked AS MATERIALIZED (
  SELECT post_id FROM post_likes WHERE post_id = ANY ($2::bigint[]) ORDER BY post_id FOR UPDATE
),
ins AS (
  INSERT INTO likes (user_id, post_id, created_at)
  SELECT w.user_id, w.post_id, w.created_at FROM wanted w
  JOIN locked p ON p.post_id = w.post_id
  JOIN users u ON u.id = w.user_id AND u.deleted_at IS NULL
  ORDER BY w.created_at
  ON CONFLICT DO NOTHING
  RETURNING user_id, post_id, created_at
),
counted AS (
  UPDATE post_likes p SET like_count = p.like_count + n.n
  FROM (SELECT post_id, count(*) AS n FROM ins GROUP BY post_id) n WHERE n.post_id = p.post_id
),
log AS (
  INSERT INTO events (type, shard, actor, object, liked_at)
  SELECT 1, feedctl_shard(user_id), user_id, post_id, created_at FROM ins
)
SELECT count(*) FROM ins
