-- $1 text within the title, in any case, or null, $2 an id to find by number, or null, $3 a type or
-- null, $4 the number of a list page from 1, or null for the last, $5 its size. Newest first. Where text
-- is given, it looks at the 10,000 newest contents of that type, and at the first 1,000 titles that begin
-- with it. At least one row: the number of all contents found, then a content of those on the list page,
-- or nulls.
WITH looked_at AS MATERIALIZED (
  (SELECT id, title FROM contents WHERE $1::text IS NOT NULL AND $3::text IS NULL ORDER BY id DESC LIMIT 10000)
  UNION ALL
  (SELECT id, title FROM contents WHERE $1::text IS NOT NULL AND type = $3::text ORDER BY id DESC LIMIT 10000)
),
beginning AS MATERIALIZED (
  SELECT id, type FROM contents
  WHERE lower(title) ~>=~ lower($1::text) AND lower(title) ~<~ (lower($1::text) || chr(1114111))
  ORDER BY lower(title) USING ~<~ LIMIT 1000
),
matched AS MATERIALIZED (
  SELECT id FROM looked_at WHERE strpos(lower(title), lower($1::text)) > 0
  UNION
  SELECT id FROM beginning WHERE $3::text IS NULL OR type = $3
  UNION
  SELECT id FROM contents WHERE id = $2::bigint AND ($3::text IS NULL OR type = $3)
),
total AS MATERIALIZED (
  SELECT CASE WHEN $1::text IS NULL
              THEN (SELECT count(*) FROM contents WHERE $3::text IS NULL)
                   + (SELECT count(*) FROM contents WHERE type = $3::text)
              ELSE (SELECT count(*) FROM matched) END AS n
),
skipped AS MATERIALIZED (
  SELECT (coalesce($4::bigint, greatest((n + $5::bigint - 1) / $5, 1)) - 1) * $5 AS rows FROM total
),
found AS MATERIALIZED (
  (SELECT id FROM contents WHERE $1::text IS NULL AND $3::text IS NULL
   ORDER BY id DESC LIMIT $5 OFFSET (SELECT rows FROM skipped))
  UNION ALL
  (SELECT id FROM contents WHERE $1::text IS NULL AND type = $3::text
   ORDER BY id DESC LIMIT $5 OFFSET (SELECT rows FROM skipped))
  UNION ALL
  (SELECT id FROM matched ORDER BY id DESC LIMIT $5 OFFSET (SELECT rows FROM skipped))
)
SELECT t.n, c.id, c.type, c.title, c.counter, c.version, feedctl_us(c.updated_at), c.payload
FROM total t LEFT JOIN (found JOIN contents c USING (id)) ON true
ORDER BY c.id DESC
