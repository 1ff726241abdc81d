-- $1 a content, $2 bytes: the first page that shows it and whose contents have more. Columns: id, title.
WITH showing AS MATERIALIZED (
  SELECT DISTINCT page_id AS id FROM page_contents WHERE content_id = $1::bigint
)
SELECT s.id, (SELECT p.title FROM pages p WHERE p.id = s.id)
FROM showing s
WHERE (SELECT sum((SELECT c.payload_size FROM contents c WHERE c.id = l.content_id))
       FROM page_contents l WHERE l.page_id = s.id) > $2::bigint
ORDER BY s.id LIMIT 1
