-- $1 posts: the living ones without a view counter, and their views. Those of deleted posts go with their day.
SELECT p.id, (SELECT count(*) FROM post_view_seen s WHERE s.post_id = p.id)
FROM posts p
WHERE p.id = ANY ($1::bigint[]) AND p.deleted_at IS NULL
  AND NOT EXISTS (SELECT FROM post_views v WHERE v.post_id = p.id)
ORDER BY p.id
