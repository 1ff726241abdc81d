-- $1 pages, locked in the order of their ids.
SELECT id FROM pages WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE
