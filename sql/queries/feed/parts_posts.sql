-- $1 ids. Shown posts of shown authors with their counts, and the snapshot of all that.
SELECT p.id, p.author_id, u.handle, u.name, p.text,
       coalesce((SELECT l.like_count FROM post_likes l WHERE l.post_id = p.id), 0),
       coalesce((SELECT v.view_count FROM post_views v WHERE v.post_id = p.id), 0),
       NULL::boolean, feedctl_us(p.created_at),
       CASE WHEN p.image_id IS NOT NULL
            THEN (SELECT m.summary FROM media m WHERE m.id = p.image_id) END,
       u.avatar_id,
       pg_current_snapshot()::text
FROM unnest($1::bigint[]) AS asked(id)
JOIN posts p ON p.id = asked.id AND p.deleted_at IS NULL
JOIN users u ON u.id = p.author_id AND u.deleted_at IS NULL AND u.suspended_at IS NULL
WHERE (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE
