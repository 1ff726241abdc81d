-- Pages: $1 titles, $2 times. Contents: $3 types, $4 titles, $5 counters, $6 payloads, $7 times.
-- Links: $8 pages and $9 contents, both numbered from 1, $10 positions.
WITH new_pages AS MATERIALIZED (
  SELECT nextval(pg_get_serial_sequence('pages', 'id')) AS id, w.n, w.title, w.at
  FROM (SELECT * FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS o (title, at, n) ORDER BY n) w
),
new_contents AS MATERIALIZED (
  SELECT nextval(pg_get_serial_sequence('contents', 'id')) AS id, w.n, w.type, w.title, w.counter, w.payload, w.at
  FROM (SELECT * FROM unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[])
               WITH ORDINALITY AS o (type, title, counter, payload, at, n) ORDER BY n) w
),
added_pages AS (
  INSERT INTO pages (id, title, state, created_at, updated_at)
  SELECT id, title, 'published', to_timestamp(at / 1000000.0), to_timestamp(at / 1000000.0) FROM new_pages
),
added_contents AS (
  INSERT INTO contents (id, type, title, counter, payload, updated_at)
  SELECT id, type, title, counter, payload::jsonb, to_timestamp(at / 1000000.0) FROM new_contents
)
INSERT INTO page_contents (page_id, content_id, position)
SELECT p.id, c.id, w.position
FROM unnest($8::bigint[], $9::bigint[], $10::bigint[]) WITH ORDINALITY AS w (page, content, position, n)
JOIN new_pages p ON p.n = w.page
JOIN new_contents c ON c.n = w.content
ORDER BY w.n
