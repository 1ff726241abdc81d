-- $1 the follower, $2 the followee, $3 posts below this id, $4 at most so many. Their rows where $1
-- follows $2 now; returns how many posts there were and the oldest.
WITH due AS MATERIALIZED (
  SELECT p.id
  FROM (
    SELECT FROM follows f
    WHERE f.follower_id = $1::bigint AND f.followee_id = $2::bigint
      AND (SELECT state > 0 FROM feed_state WHERE user_id = $1)
      AND (SELECT true FROM feed_pull x WHERE x.author_id = $2) IS NULL
    LIMIT 1
  ) following
  CROSS JOIN LATERAL (
    SELECT id FROM posts
    WHERE author_id = $2 AND deleted_at IS NULL AND id < $3::bigint
      AND id >= (SELECT floor FROM feed_floor)
    ORDER BY id DESC LIMIT $4::integer
  ) p
),
made AS (
  INSERT INTO user_feed (user_id, post_id, author_id)
  SELECT $1, id, $2 FROM due ORDER BY id
  ON CONFLICT DO NOTHING
)
SELECT count(*), coalesce(min(id), 0) FROM due
