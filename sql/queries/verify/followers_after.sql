-- $1 behind this one, $2 at most so many: users who follow someone, one index probe each.
WITH RECURSIVE followers AS (
  (SELECT follower_id AS id, 1 AS n FROM follows WHERE follower_id > $1::bigint ORDER BY follower_id LIMIT 1)
  UNION ALL
  SELECT (SELECT follower_id FROM follows WHERE follower_id > f.id ORDER BY follower_id LIMIT 1), f.n + 1
  FROM followers f WHERE f.id IS NOT NULL AND f.n < $2::integer
)
SELECT id FROM followers WHERE id IS NOT NULL
