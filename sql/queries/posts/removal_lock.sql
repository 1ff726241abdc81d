-- $1 an author, $2 posts above this, $3 at most so many. Their living posts, locked as remove locks
-- them: the post, then its counter, each in the order of posts.
WITH theirs AS MATERIALIZED (
  SELECT id FROM posts WHERE author_id = $1::bigint AND deleted_at IS NULL AND id > $2::bigint
  ORDER BY id LIMIT $3::integer FOR UPDATE
),
counters AS MATERIALIZED (
  SELECT post_id FROM post_likes WHERE post_id = ANY (ARRAY(SELECT id FROM theirs))
  ORDER BY post_id FOR UPDATE
)
SELECT id FROM theirs WHERE (SELECT count(*) FROM counters) >= 0 ORDER BY id
