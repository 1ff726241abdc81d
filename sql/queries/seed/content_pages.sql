-- $1 ids, $2 titles, $3 states, or "" for: as it is, published where it is new.
INSERT INTO pages AS p (id, title, state)
SELECT w.id, w.title, coalesce(nullif(w.state, ''), (SELECT o.state FROM pages o WHERE o.id = w.id), 'published')
FROM unnest($1::bigint[], $2::text[], $3::text[]) AS w (id, title, state) ORDER BY w.id
ON CONFLICT (id) DO UPDATE
SET title = excluded.title, state = excluded.state, version = p.version + 1, updated_at = clock_timestamp()
WHERE (p.title, p.state) IS DISTINCT FROM (excluded.title, excluded.state)
