-- $1 a page: the bytes of its contents.
SELECT coalesce(sum((SELECT c.payload_size FROM contents c WHERE c.id = l.content_id)), 0)::bigint
FROM page_contents l WHERE l.page_id = $1::bigint
