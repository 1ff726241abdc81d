-- $1 new posts, $2 authors with more followers than this have fan-out on read, $3 and with more than
-- this go to a job; $4 new followers, $5 the followee of each, $6 with more posts than this they go to
-- a job. Rows of the other posts for their followers, and of the followees for the pairs that follow
-- now. All rows in one order by one statement: two batches that add the same rows never deadlock.
-- Returns what is for jobs: post and its author's followers; or follower, followee, in columns 2, 3.
WITH post AS MATERIALIZED (
  SELECT p.id, p.author_id, s.followers
  FROM (SELECT DISTINCT unnest($1::bigint[]) AS id) asked
  CROSS JOIN LATERAL (
    SELECT id, author_id FROM posts WHERE id = asked.id AND deleted_at IS NULL LIMIT 1
  ) p
  CROSS JOIN LATERAL (SELECT followers FROM user_stats WHERE user_id = p.author_id LIMIT 1) s
  WHERE p.id >= (SELECT floor FROM feed_floor)
    AND (SELECT true FROM feed_pull x WHERE x.author_id = p.author_id) IS NULL
),
pull AS (
  INSERT INTO feed_pull (author_id)
  SELECT DISTINCT author_id FROM post WHERE followers > $2::bigint ORDER BY author_id
  ON CONFLICT DO NOTHING
),
pair AS MATERIALIZED (
  SELECT asked.follower_id, asked.followee_id
  FROM (
    SELECT DISTINCT follower_id, followee_id
    FROM unnest($4::bigint[], $5::bigint[]) AS pairs(follower_id, followee_id)
  ) asked
  CROSS JOIN LATERAL (
    SELECT FROM follows f
    WHERE f.follower_id = asked.follower_id AND f.followee_id = asked.followee_id LIMIT 1
  ) following
  CROSS JOIN LATERAL (
    SELECT FROM feed_state WHERE user_id = asked.follower_id AND state > 0 LIMIT 1
  ) active
  WHERE (SELECT true FROM feed_pull x WHERE x.author_id = asked.followee_id) IS NULL
    AND NOT EXISTS (SELECT FROM post WHERE author_id = asked.followee_id AND followers > $2)
    AND (SELECT u.deleted_at IS NULL FROM users u WHERE u.id = asked.followee_id)
),
found AS MATERIALIZED (
  SELECT pair.follower_id, pair.followee_id, p.id
  FROM pair
  CROSS JOIN LATERAL (
    SELECT id FROM posts
    WHERE author_id = pair.followee_id AND deleted_at IS NULL
      AND id >= (SELECT floor FROM feed_floor)
    ORDER BY id DESC LIMIT $6::integer + 1
  ) p
),
big AS MATERIALIZED (
  SELECT follower_id, followee_id FROM found GROUP BY 1, 2 HAVING count(*) > $6
),
made AS (
  INSERT INTO user_feed (user_id, post_id, author_id)
  SELECT n.user_id, n.post_id, n.author_id
  FROM (
    SELECT f.follower_id AS user_id, p.id AS post_id, p.author_id
    FROM post p
    CROSS JOIN LATERAL (SELECT follower_id FROM follows WHERE followee_id = p.author_id OFFSET 0) f
    CROSS JOIN LATERAL (
      SELECT FROM feed_state WHERE user_id = f.follower_id AND state > 0 LIMIT 1
    ) active
    WHERE p.followers <= least($2, $3::bigint)
    UNION ALL
    SELECT f.follower_id, f.id, f.followee_id
    FROM found f
    WHERE (f.follower_id, f.followee_id) NOT IN (SELECT follower_id, followee_id FROM big)
  ) n
  ORDER BY n.user_id, n.post_id
  ON CONFLICT DO NOTHING
)
SELECT id, followers, NULL::bigint, NULL::bigint
FROM post WHERE followers > $3 AND followers <= $2
UNION ALL
SELECT NULL, NULL, follower_id, followee_id FROM big
