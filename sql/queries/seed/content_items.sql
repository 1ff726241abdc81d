-- $1 types, $2 keys in the fixture, $3 titles, $4 counters, $5 payloads. A content that is there keeps
-- its counter.
INSERT INTO contents AS c (type, fixture_key, title, counter, payload)
SELECT w.type, w.key, w.title, w.counter, w.payload::jsonb
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::text[])
     WITH ORDINALITY AS w (type, key, title, counter, payload, n)
ORDER BY w.n
ON CONFLICT (type, fixture_key) DO UPDATE
SET title = excluded.title, payload = excluded.payload, version = c.version + 1, updated_at = clock_timestamp()
WHERE c.title <> excluded.title OR c.payload <> excluded.payload
