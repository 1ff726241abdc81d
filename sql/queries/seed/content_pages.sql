-- $1 ids, $2 titles.
INSERT INTO pages AS p (id, title)
SELECT * FROM unnest($1::bigint[], $2::text[]) AS w (id, title) ORDER BY w.id
ON CONFLICT (id) DO UPDATE SET title = excluded.title WHERE p.title <> excluded.title
