-- $1 the number of a list page from 1, or null for the last, $2 its size. At least one row: the number
-- of all published pages, then id and title of those on the list page, or null.
WITH total AS MATERIALIZED (SELECT count(*) AS n FROM pages WHERE state = 'published'),
skipped AS MATERIALIZED (
  SELECT (coalesce($1::bigint, greatest((n + $2::bigint - 1) / $2, 1)) - 1) * $2 AS rows FROM total
)
SELECT t.n, p.id, p.title
FROM total t
LEFT JOIN (
  SELECT id, title FROM pages WHERE state = 'published'
  ORDER BY id LIMIT $2 OFFSET (SELECT rows FROM skipped)
) p ON true
ORDER BY p.id
