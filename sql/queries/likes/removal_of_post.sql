-- $1 a post, $2 likes above this, $3 at most so many. A living post keeps them: it has a counter.
WITH few AS MATERIALIZED (
  SELECT id, user_id FROM likes
  WHERE post_id = $1::bigint AND id > $2::bigint
    AND NOT EXISTS (SELECT FROM post_likes WHERE post_id = $1)
  ORDER BY id LIMIT $3::integer
),
gone AS (
  DELETE FROM likes WHERE post_id = $1 AND user_id = ANY (ARRAY(SELECT user_id FROM few))
)
SELECT id FROM few ORDER BY id
