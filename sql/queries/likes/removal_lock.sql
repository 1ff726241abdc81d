-- $1 a user, $2 posts above this, $3 at most so many. The posts that the user likes; the counters of
-- those that live are locked, in the order of posts, before anything of them is touched.
WITH mine AS MATERIALIZED (
  SELECT post_id FROM likes WHERE user_id = $1::bigint AND post_id > $2::bigint
  ORDER BY post_id LIMIT $3::integer
),
locked AS MATERIALIZED (
  SELECT post_id FROM post_likes WHERE post_id = ANY (ARRAY(SELECT post_id FROM mine))
  ORDER BY post_id FOR UPDATE
)
SELECT post_id FROM mine WHERE (SELECT count(*) FROM locked) >= 0 ORDER BY post_id
