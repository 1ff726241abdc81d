-- $1 pages, $2 links that come first: makes positions contiguous from 0.
UPDATE page_contents l SET position = w.place
FROM (
  SELECT id, row_number() OVER (PARTITION BY page_id ORDER BY NOT id = ANY ($2::bigint[]), position, id) - 1 AS place
  FROM page_contents WHERE page_id = ANY ($1::bigint[])
) w
WHERE w.id = l.id AND l.position <> w.place
