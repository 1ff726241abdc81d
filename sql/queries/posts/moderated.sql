-- $1 ids. Living posts as moderators see them, also hidden ones and those of suspended authors: the
-- columns that posts::from_row reads, then since when and why they are hidden.
SELECT p.id, u.id, u.handle, u.name, p.text,
       coalesce((SELECT l.like_count FROM post_likes l WHERE l.post_id = p.id), 0),
       coalesce((SELECT v.view_count FROM post_views v WHERE v.post_id = p.id), 0),
       NULL::boolean, feedctl_us(p.created_at),
       CASE WHEN p.image_id IS NOT NULL
            THEN (SELECT m.summary FROM media m WHERE m.id = p.image_id) END,
       u.avatar_id,
       feedctl_us(h.hidden_at), h.reason
FROM unnest($1::bigint[]) WITH ORDINALITY AS asked(id, n)
JOIN posts p ON p.id = asked.id AND p.deleted_at IS NULL
LEFT JOIN users u ON u.id = p.author_id AND u.deleted_at IS NULL
LEFT JOIN hidden_posts h ON h.post_id = p.id
WHERE p.author_id IS NULL OR u.id IS NOT NULL
ORDER BY asked.n
