-- $1 the user, $2 the generation, $3 at most so many followees, $4 and posts (but at least one
-- followee whole). The rows of the followees after feed_state.cursor, which moves with them; after
-- the last one the state is on. No row: another generation has begun, or none is wanted any more.
WITH filling AS MATERIALIZED (
  SELECT coalesce(cursor, 0) AS cursor FROM feed_state
  WHERE user_id = $1::bigint AND generation = $2::bigint AND state = 1
),
followee AS MATERIALIZED (
  SELECT f.followee_id AS id
  FROM filling
  CROSS JOIN LATERAL (
    SELECT followee_id FROM follows
    WHERE follower_id = $1 AND followee_id > filling.cursor
    ORDER BY followee_id LIMIT $3::integer
  ) f
),
found AS MATERIALIZED (
  SELECT f.id AS author_id, p.id, row_number() OVER (ORDER BY f.id, p.id) AS n
  FROM followee f
  CROSS JOIN LATERAL (
    SELECT id FROM posts
    WHERE author_id = f.id AND deleted_at IS NULL AND id >= (SELECT floor FROM feed_floor)
    OFFSET 0
  ) p
  WHERE (SELECT true FROM feed_pull x WHERE x.author_id = f.id) IS NULL
    AND (SELECT u.deleted_at IS NULL FROM users u WHERE u.id = f.id)
),
-- Up to the followee whose posts are the first too many.
taken AS MATERIALIZED (
  SELECT id FROM followee
  WHERE id < coalesce((SELECT author_id FROM found WHERE n = $4::integer + 1), 9223372036854775807)
     OR id = (SELECT min(id) FROM followee)
),
made AS (
  INSERT INTO user_feed (user_id, post_id, author_id)
  SELECT $1, id, author_id FROM found WHERE author_id IN (SELECT id FROM taken) ORDER BY id
  ON CONFLICT DO NOTHING
  RETURNING 1
)
UPDATE feed_state s
SET cursor = coalesce((SELECT max(id) FROM taken), s.cursor),
    state = CASE WHEN EXISTS (SELECT FROM taken) THEN 1 ELSE 2 END
WHERE s.user_id = $1 AND s.generation = $2 AND s.state = 1 AND EXISTS (SELECT FROM filling)
RETURNING s.state = 2, s.cursor, (SELECT count(*) FROM made)
