-- The next ids follow the highest ones, so that a transaction that is run again draws the same.
SELECT setval(s.name, coalesce(s.highest, 1), s.highest IS NOT NULL)
FROM (
  SELECT pg_get_serial_sequence('pages', 'id')::regclass AS name, max(id) AS highest FROM pages
  UNION ALL
  SELECT pg_get_serial_sequence('contents', 'id')::regclass, max(id) FROM contents
  UNION ALL
  SELECT pg_get_serial_sequence('page_contents', 'id')::regclass, max(id) FROM page_contents
) s
