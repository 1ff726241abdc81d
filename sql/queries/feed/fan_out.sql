-- $1 posts, $2 authors with more followers than this are merged at reads, $3 and with more than this
-- go to a job. Rows of the other posts; returns the posts for jobs with their authors' followers.
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
made AS (
  INSERT INTO user_feed (user_id, post_id, author_id)
  SELECT f.follower_id, p.id, p.author_id
  FROM post p
  CROSS JOIN LATERAL (SELECT follower_id FROM follows WHERE followee_id = p.author_id OFFSET 0) f
  CROSS JOIN LATERAL (
    SELECT FROM feed_state WHERE user_id = f.follower_id AND state > 0 LIMIT 1
  ) active
  WHERE p.followers <= least($2, $3::bigint)
  ORDER BY f.follower_id, p.id
  ON CONFLICT DO NOTHING
)
SELECT id, followers FROM post WHERE followers > $3 AND followers <= $2 ORDER BY id
