-- $1 ids, $2 pages, $3 types, $4 keys of contents in the fixture, $5 positions. Columns: the links that
-- are new or changed; then the number of the first one without its page or content, and whether it is
-- the page that is missing.
WITH wanted AS MATERIALIZED (
  SELECT w.id, w.position, w.n, p.id AS page_id, c.id AS content_id
  FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[])
       WITH ORDINALITY AS w (id, page, type, key, position, n)
  LEFT JOIN pages p ON p.id = w.page
  LEFT JOIN contents c ON c.type = w.type AND c.fixture_key = w.key
),
changed AS (
  INSERT INTO page_contents AS l (id, page_id, content_id, position)
  SELECT id, page_id, content_id, position::integer FROM wanted
  WHERE page_id IS NOT NULL AND content_id IS NOT NULL ORDER BY id
  ON CONFLICT (id) DO UPDATE
  SET page_id = excluded.page_id, content_id = excluded.content_id, position = excluded.position
  WHERE (l.page_id, l.content_id, l.position)
        IS DISTINCT FROM (excluded.page_id, excluded.content_id, excluded.position)
  RETURNING l.id
),
missing AS (
  SELECT n, page_id IS NULL AS is_page FROM wanted
  WHERE page_id IS NULL OR content_id IS NULL ORDER BY n LIMIT 1
)
SELECT (SELECT count(*) FROM changed), m.n, m.is_page
FROM (SELECT) one LEFT JOIN missing m ON true
