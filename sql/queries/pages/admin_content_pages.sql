-- $1 a content, $2 at most so many of the pages that show it; null: all. Columns: id, title, and the
-- number of all.
SELECT p.id, p.title, count(*) OVER () FROM pages p
WHERE p.id IN (SELECT l.page_id FROM page_contents l WHERE l.content_id = $1::bigint)
ORDER BY p.id LIMIT $2::bigint
