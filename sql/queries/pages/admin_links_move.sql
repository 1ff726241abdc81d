-- $1 links, $2 their positions.
UPDATE page_contents l SET position = w.position
FROM unnest($1::bigint[], $2::bigint[]) AS w (id, position)
WHERE l.id = w.id AND l.position <> w.position
