-- $1 pages: each with its links and their contents, in order, as a text to compare.
SELECT p.id, coalesce((
  SELECT string_agg(l.id || ':' || l.content_id, ',' ORDER BY l.position, l.id)
  FROM page_contents l WHERE l.page_id = p.id), '')
FROM pages p WHERE p.id = ANY ($1::bigint[])
