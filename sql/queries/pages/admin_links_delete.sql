-- $1 a page, $2 the links that it keeps.
DELETE FROM page_contents WHERE page_id = $1::bigint AND NOT id = ANY ($2::bigint[])
