-- $1 the user, $2 the generation, $3 at most so many followees, $4 and posts. The rows that come after
-- the cursors of feed_state, which move with them: followees by id, the posts of each from the newest
-- down to cursor_post (null: to the feed floor). Where nothing is left the state is on. No row: another
-- generation has begun, or none is wanted any more.
WITH RECURSIVE filling AS MATERIALIZED (
  SELECT coalesce(cursor, 0) AS cursor, cursor_post FROM feed_state
  WHERE user_id = $1::bigint AND generation = $2::bigint AND state = 1
),
-- From followee to followee, for only as long as there is room: what is left of the one at the cursor
-- first. BETWEEN, so that only the index by author has the order: by that of all posts the planner may
-- look through everybody's for those of one.
walk AS (
  SELECT 0 AS n, followee, posts, $4::integer - cardinality(posts) AS room
  FROM (
    SELECT f.cursor AS followee, ARRAY(
      SELECT p.id FROM posts p
      WHERE p.author_id BETWEEN f.cursor AND f.cursor AND p.deleted_at IS NULL AND p.id < f.cursor_post
        AND p.id >= (SELECT floor FROM feed_floor)
        AND (SELECT true FROM follows x WHERE x.follower_id = $1 AND x.followee_id = f.cursor)
        AND (SELECT true FROM feed_pull x WHERE x.author_id = f.cursor) IS NULL
        AND (SELECT u.deleted_at IS NULL FROM users u WHERE u.id = f.cursor)
      ORDER BY p.author_id, p.id DESC LIMIT $4
    ) AS posts
    FROM filling f
    OFFSET 0
  ) rest
  UNION ALL
  SELECT w.n + 1, step.id, step.posts, w.room - cardinality(step.posts)
  FROM walk w
  CROSS JOIN LATERAL (
    SELECT f.id, ARRAY(
      SELECT p.id FROM posts p
      WHERE p.author_id BETWEEN f.id AND f.id AND p.deleted_at IS NULL AND p.id >= (SELECT floor FROM feed_floor)
        AND (SELECT true FROM feed_pull x WHERE x.author_id = f.id) IS NULL
        AND (SELECT u.deleted_at IS NULL FROM users u WHERE u.id = f.id)
      ORDER BY p.author_id, p.id DESC LIMIT w.room
    ) AS posts
    FROM (
      SELECT followee_id AS id FROM follows
      WHERE follower_id = $1 AND followee_id > w.followee
      ORDER BY followee_id LIMIT 1
    ) f
    OFFSET 0
  ) step
  WHERE w.n < $3::integer AND w.room > 0
),
-- Of the last followee all is done, unless it took the last room.
ended AS MATERIALIZED (
  SELECT n = 0 AND room = $4 AS done, followee, CASE WHEN room = 0 THEN posts[cardinality(posts)] END AS post
  FROM walk ORDER BY n DESC LIMIT 1
),
made AS (
  INSERT INTO user_feed (user_id, post_id, author_id)
  SELECT $1, p.id, w.followee FROM walk w, unnest(w.posts) AS p(id) ORDER BY p.id
  ON CONFLICT DO NOTHING
  RETURNING 1
)
UPDATE feed_state s
SET cursor = nullif(e.followee, 0), cursor_post = e.post, state = CASE WHEN e.done THEN 2 ELSE 1 END
FROM ended e
WHERE s.user_id = $1 AND s.generation = $2 AND s.state = 1
RETURNING s.state = 2, s.cursor, (SELECT count(*) FROM made)
