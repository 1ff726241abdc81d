-- $1 ids below this, $2 looks through at most so many hidden posts, the newest first, $3 what their text
-- must contain, in any case ('': any text), $4 at most so many, $5 the author or null. Columns as in
-- search_newest.
WITH scanned AS MATERIALIZED (
  SELECT post_id AS id FROM hidden_posts
  WHERE post_id < $1::bigint ORDER BY post_id DESC LIMIT $2::integer
)
SELECT ARRAY(SELECT s.id FROM scanned s
             CROSS JOIN LATERAL (SELECT author_id, text FROM posts WHERE id = s.id LIMIT 1) p
             WHERE ($3::text = '' OR strpos(lower(p.text), lower($3)) > 0)
               AND ($5::bigint IS NULL OR p.author_id = $5)
             ORDER BY s.id DESC LIMIT $4::integer)::text,
       (SELECT count(*) FROM scanned), (SELECT min(id) FROM scanned)
