-- Fixtures choose ids of pages and links; those that the database draws come after them.
SELECT setval(s.name, s.highest)
FROM (
  SELECT pg_get_serial_sequence('pages', 'id')::regclass AS name, max(id) AS highest FROM pages
  UNION ALL
  SELECT pg_get_serial_sequence('page_contents', 'id')::regclass, max(id) FROM page_contents
) s
WHERE s.highest > nextval(s.name)
