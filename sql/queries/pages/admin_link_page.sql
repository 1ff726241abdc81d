-- $1 a link: its page.
SELECT page_id FROM page_contents WHERE id = $1::bigint
