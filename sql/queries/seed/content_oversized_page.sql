-- $1 pages, $2 bytes: the first of them whose contents have more.
SELECT page FROM unnest($1::bigint[]) AS w (page)
WHERE (SELECT sum((SELECT c.payload_size FROM contents c WHERE c.id = l.content_id))
       FROM page_contents l WHERE l.page_id = w.page) > $2::bigint
ORDER BY page LIMIT 1
