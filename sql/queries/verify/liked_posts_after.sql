-- $1 behind this one, $2 at most so many: posts that have likes, one index probe each.
WITH RECURSIVE liked AS (
  (SELECT post_id, 1 AS n FROM likes WHERE post_id > $1::bigint ORDER BY post_id LIMIT 1)
  UNION ALL
  SELECT (SELECT post_id FROM likes WHERE post_id > l.post_id ORDER BY post_id LIMIT 1), l.n + 1
  FROM liked l WHERE l.post_id IS NOT NULL AND l.n < $2::integer
)
SELECT post_id FROM liked WHERE post_id IS NOT NULL
