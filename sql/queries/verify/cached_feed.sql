-- $1 a reader, $2 the posts and $3 the authors of a list of theirs, $4 the feed floor it was read to,
-- $5 its generation, $6 it holds all rows above that floor. A post of the list that has no row; a
-- row that belongs to the list and is not in it. Null where there is none, or where the list answers
-- nothing any more.
WITH answers AS MATERIALIZED (
  SELECT greatest($4::bigint, (SELECT floor FROM feed_floor),
                  CASE WHEN NOT $6::boolean
                       THEN coalesce((SELECT min(p) FROM unnest($2::bigint[]) p),
                                     9223372036854775807) END) AS lowest
  FROM feed_state s
  JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL
  WHERE s.user_id = $1::bigint AND s.state = 2 AND s.generation = $5::bigint
)
SELECT
  (SELECT l.id FROM answers a, unnest($2, $3::bigint[]) AS l(id, author_id)
   WHERE l.id >= (SELECT floor FROM feed_floor)
     AND (SELECT r.author_id FROM user_feed r WHERE r.user_id = $1 AND r.post_id = l.id)
         IS DISTINCT FROM l.author_id
   LIMIT 1),
  (SELECT r.post_id FROM answers a
   CROSS JOIN LATERAL (
     SELECT post_id, author_id FROM user_feed
     WHERE user_id = $1 AND post_id >= a.lowest AND post_id <> ALL ($2)
     ORDER BY post_id DESC LIMIT 1000
   ) r
   WHERE (SELECT true FROM follows f WHERE f.follower_id = $1 AND f.followee_id = r.author_id)
     AND (SELECT p.deleted_at IS NULL FROM posts p WHERE p.id = r.post_id)
     AND (SELECT u.deleted_at IS NULL FROM users u WHERE u.id = r.author_id)
   LIMIT 1)
