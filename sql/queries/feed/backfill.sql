-- $1 followers, $2 the followee of each, $3 at most so many posts. The followees' posts for the pairs
-- that follow now; returns the pairs with more posts, for jobs.
WITH pair AS MATERIALIZED (
  SELECT asked.follower_id, asked.followee_id
  FROM (
    SELECT DISTINCT follower_id, followee_id
    FROM unnest($1::bigint[], $2::bigint[]) AS pairs(follower_id, followee_id)
  ) asked
  CROSS JOIN LATERAL (
    SELECT FROM follows f
    WHERE f.follower_id = asked.follower_id AND f.followee_id = asked.followee_id LIMIT 1
  ) following
  CROSS JOIN LATERAL (
    SELECT FROM feed_state WHERE user_id = asked.follower_id AND state > 0 LIMIT 1
  ) active
  WHERE (SELECT true FROM feed_pull x WHERE x.author_id = asked.followee_id) IS NULL
    AND (SELECT u.deleted_at IS NULL FROM users u WHERE u.id = asked.followee_id)
),
found AS MATERIALIZED (
  SELECT pair.follower_id, pair.followee_id, p.id
  FROM pair
  CROSS JOIN LATERAL (
    SELECT id FROM posts
    WHERE author_id = pair.followee_id AND deleted_at IS NULL
      AND id >= (SELECT floor FROM feed_floor)
    ORDER BY id DESC LIMIT $3::integer + 1
  ) p
),
big AS MATERIALIZED (
  SELECT follower_id, followee_id FROM found GROUP BY 1, 2 HAVING count(*) > $3
),
made AS (
  INSERT INTO user_feed (user_id, post_id, author_id)
  SELECT f.follower_id, f.id, f.followee_id
  FROM found f
  WHERE (f.follower_id, f.followee_id) NOT IN (SELECT follower_id, followee_id FROM big)
  ORDER BY f.follower_id, f.id
  ON CONFLICT DO NOTHING
)
SELECT follower_id, followee_id FROM big ORDER BY 1, 2
