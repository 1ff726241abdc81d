-- $1 to $5 as in search_newest, $6 the author: only their posts are looked through.
WITH scanned AS MATERIALIZED (
  SELECT id, text FROM posts
  WHERE author_id = $6::bigint AND deleted_at IS NULL AND id < $1::bigint
  ORDER BY id DESC LIMIT $2::integer
)
SELECT ARRAY(SELECT s.id FROM scanned s
             WHERE ($3::text = '' OR strpos(lower(s.text), lower($3)) > 0)
               AND NOT ($4::boolean AND EXISTS (SELECT FROM hidden_posts h WHERE h.post_id = s.id))
             ORDER BY s.id DESC LIMIT $5::integer)::text,
       (SELECT count(*) FROM scanned), (SELECT min(id) FROM scanned)
