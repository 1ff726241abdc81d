-- $1 ids, $2 the actor or null. The columns that posts::from_row reads.
-- Counts and `liked` are scalar subqueries: one index probe a post, whatever the planner believes.
SELECT p.id, p.author_id, u.handle, u.name, p.text,
       coalesce((SELECT l.like_count FROM post_likes l WHERE l.post_id = p.id), 0),
       coalesce((SELECT v.view_count FROM post_views v WHERE v.post_id = p.id), 0),
       CASE WHEN $2::bigint IS NOT NULL
            THEN coalesce((SELECT true FROM likes k WHERE k.user_id = $2 AND k.post_id = p.id), false) END,
       feedctl_us(p.created_at),
       CASE WHEN p.image_id IS NOT NULL
            THEN (SELECT m.summary FROM media m WHERE m.id = p.image_id) END,
       u.avatar_id
FROM unnest($1::bigint[]) WITH ORDINALITY AS asked(id, n)
JOIN posts p ON p.id = asked.id AND p.deleted_at IS NULL
LEFT JOIN users u ON u.id = p.author_id AND u.deleted_at IS NULL AND u.suspended_at IS NULL
WHERE (p.author_id IS NULL OR u.id IS NOT NULL)
  AND (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE
ORDER BY asked.n
