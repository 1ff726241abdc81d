-- $1 a published page. A row for each of its contents, in order; one with a null content if it has none.
SELECT p.title, c.id, c.type, c.title, c.counter, c.payload
FROM pages p
LEFT JOIN page_contents l ON l.page_id = p.id
LEFT JOIN contents c ON c.id = l.content_id
WHERE p.id = $1::bigint AND p.state = 'published'
ORDER BY l.position, l.id
