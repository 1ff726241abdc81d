-- $1 the post, $2 followers above this id, $3 at most so many. Their rows; returns how many followers
-- were looked at and the last of them.
WITH post AS MATERIALIZED (
  SELECT p.id, p.author_id
  FROM posts p
  WHERE p.id = $1::bigint AND p.deleted_at IS NULL AND p.id >= (SELECT floor FROM feed_floor)
    AND (SELECT u.deleted_at IS NULL FROM users u WHERE u.id = p.author_id)
    AND (SELECT true FROM feed_pull x WHERE x.author_id = p.author_id) IS NULL
),
due AS MATERIALIZED (
  SELECT f.follower_id, p.id, p.author_id
  FROM post p
  CROSS JOIN LATERAL (
    SELECT follower_id FROM follows
    WHERE followee_id = p.author_id AND follower_id > $2::bigint
    ORDER BY follower_id LIMIT $3::integer
  ) f
),
made AS (
  INSERT INTO user_feed (user_id, post_id, author_id)
  SELECT d.follower_id, d.id, d.author_id
  FROM due d
  CROSS JOIN LATERAL (
    SELECT FROM feed_state WHERE user_id = d.follower_id AND state > 0 LIMIT 1
  ) active
  ORDER BY d.follower_id
  ON CONFLICT DO NOTHING
)
SELECT count(*), coalesce(max(follower_id), 0) FROM due
