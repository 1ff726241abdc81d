-- $1 a page. A row for each of its contents, in order; one with a null link if it has none.
SELECT p.title, p.state, p.version, feedctl_us(p.created_at), feedctl_us(p.updated_at), l.id,
       c.id, c.type, c.title, c.counter, c.version, feedctl_us(c.updated_at), c.payload
FROM pages p
LEFT JOIN (page_contents l JOIN contents c ON c.id = l.content_id) ON l.page_id = p.id
WHERE p.id = $1::bigint
ORDER BY l.position, l.id
