-- $1 behind this one, $2 at most so many: users whom someone follows, one index probe each.
WITH RECURSIVE followees AS (
  (SELECT followee_id AS id, 1 AS n FROM follows WHERE followee_id > $1::bigint ORDER BY followee_id LIMIT 1)
  UNION ALL
  SELECT (SELECT followee_id FROM follows WHERE followee_id > f.id ORDER BY followee_id LIMIT 1), f.n + 1
  FROM followees f WHERE f.id IS NOT NULL AND f.n < $2::integer
)
SELECT id FROM followees WHERE id IS NOT NULL
