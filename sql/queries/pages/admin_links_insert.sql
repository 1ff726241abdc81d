-- $1 a page, $2 contents, $3 their positions.
INSERT INTO page_contents (page_id, content_id, position)
SELECT $1::bigint, w.content, w.position
FROM unnest($2::bigint[], $3::bigint[]) AS w (content, position) ORDER BY w.position
