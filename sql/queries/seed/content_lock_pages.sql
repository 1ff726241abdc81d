-- $1 pages, $2 links: these pages and those that the links are on, locked in the order of their ids.
SELECT id FROM pages
WHERE id = ANY ($1::bigint[]) OR id IN (SELECT l.page_id FROM page_contents l WHERE l.id = ANY ($2::bigint[]))
ORDER BY id FOR UPDATE
