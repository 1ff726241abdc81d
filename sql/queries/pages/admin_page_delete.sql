-- $1 a page, with its links.
DELETE FROM pages WHERE id = $1::bigint
