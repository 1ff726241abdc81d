-- $1 ids below this, $2 looks through at most so many posts, the newest first, $3 what their text must
-- contain, in any case ('': any text), $4 whether to leave hidden ones out, $5 at most so many. The
-- posts, and how many were looked through, down to which one.
WITH scanned AS MATERIALIZED (
  SELECT id, deleted_at IS NULL AS living, text FROM posts
  WHERE id < $1::bigint ORDER BY id DESC LIMIT $2::integer
)
SELECT ARRAY(SELECT s.id FROM scanned s
             WHERE s.living AND ($3::text = '' OR strpos(lower(s.text), lower($3)) > 0)
               AND NOT ($4::boolean AND EXISTS (SELECT FROM hidden_posts h WHERE h.post_id = s.id))
             ORDER BY s.id DESC LIMIT $5::integer)::text,
       (SELECT count(*) FROM scanned), (SELECT min(id) FROM scanned)
