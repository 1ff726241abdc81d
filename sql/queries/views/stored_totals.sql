-- $1 posts. Of each living one its views.
SELECT p.id, coalesce((SELECT v.view_count FROM post_views v WHERE v.post_id = p.id), 0)
FROM posts p WHERE p.id = ANY ($1::bigint[]) AND p.deleted_at IS NULL
