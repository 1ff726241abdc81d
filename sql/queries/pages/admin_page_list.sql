-- $1 text within the title, in any case, or null, $2 an id to find by number, or null, $3 a state or
-- null, $4 the number of a list page from 1, or null for the last, $5 its size. Newest first. Where text
-- is given, it looks at the 10,000 newest pages of that state. At least one row: the number of all pages
-- found, then a page of those on the list page, or nulls.
WITH looked_at AS MATERIALIZED (
  SELECT id, title FROM pages
  WHERE $1::text IS NOT NULL AND ($3::text IS NULL OR state = $3)
  ORDER BY id DESC LIMIT 10000
),
matched AS MATERIALIZED (
  SELECT id FROM looked_at WHERE strpos(lower(title), lower($1::text)) > 0
  UNION
  SELECT id FROM pages WHERE id = $2::bigint AND ($3::text IS NULL OR state = $3)
),
total AS MATERIALIZED (
  SELECT CASE WHEN $1::text IS NULL
              THEN (SELECT count(*) FROM pages WHERE $3::text IS NULL OR state = $3)
              ELSE (SELECT count(*) FROM matched) END AS n
),
skipped AS MATERIALIZED (
  SELECT (coalesce($4::bigint, greatest((n + $5::bigint - 1) / $5, 1)) - 1) * $5 AS rows FROM total
),
found AS MATERIALIZED (
  (SELECT id FROM pages WHERE $1::text IS NULL AND ($3::text IS NULL OR state = $3)
   ORDER BY id DESC LIMIT $5 OFFSET (SELECT rows FROM skipped))
  UNION ALL
  (SELECT id FROM matched ORDER BY id DESC LIMIT $5 OFFSET (SELECT rows FROM skipped))
)
SELECT t.n, p.id, p.title, p.state, p.version,
       (SELECT count(*) FROM page_contents l WHERE l.page_id = p.id), feedctl_us(p.updated_at)
FROM total t LEFT JOIN (found JOIN pages p USING (id)) ON true
ORDER BY p.id DESC
