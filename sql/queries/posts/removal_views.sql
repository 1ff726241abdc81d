-- $1 a post.
DELETE FROM post_views v
WHERE v.post_id = $1::bigint AND NOT EXISTS (SELECT FROM post_likes l WHERE l.post_id = v.post_id)
