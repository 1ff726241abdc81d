-- $1 behind this one, $2 at most so many: posts of which post_view_seen has rows, one index probe each.
WITH RECURSIVE viewed AS (
  (SELECT post_id, 1 AS n FROM post_view_seen WHERE post_id > $1::bigint ORDER BY post_id LIMIT 1)
  UNION ALL
  SELECT (SELECT post_id FROM post_view_seen WHERE post_id > v.post_id ORDER BY post_id LIMIT 1), v.n + 1
  FROM viewed v WHERE v.post_id IS NOT NULL AND v.n < $2::integer
)
SELECT post_id FROM viewed WHERE post_id IS NOT NULL
