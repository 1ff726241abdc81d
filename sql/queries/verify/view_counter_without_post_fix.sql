DELETE FROM post_views v
WHERE v.post_id = $1::bigint AND NOT EXISTS (SELECT FROM posts p WHERE p.id = $1 AND p.deleted_at IS NULL)
