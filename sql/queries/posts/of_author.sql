-- $1 the author, $2 ids below this, $3 at most so many, $4 the actor or null. Columns as in load.
SELECT p.id, p.author_id, u.handle, u.name, p.text,
       coalesce((SELECT l.like_count FROM post_likes l WHERE l.post_id = p.id), 0),
       coalesce((SELECT v.view_count FROM post_views v WHERE v.post_id = p.id), 0),
       CASE WHEN $4::bigint IS NOT NULL
            THEN coalesce((SELECT true FROM likes k WHERE k.user_id = $4 AND k.post_id = p.id), false) END,
       feedctl_us(p.created_at),
       CASE WHEN p.image_id IS NOT NULL
            THEN (SELECT m.summary FROM media m WHERE m.id = p.image_id) END,
       u.avatar_id
FROM users u
JOIN posts p ON p.author_id = u.id AND p.deleted_at IS NULL AND p.id < $2::bigint
WHERE u.id = $1::bigint AND u.deleted_at IS NULL AND u.suspended_at IS NULL
  AND (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE
ORDER BY p.id DESC
LIMIT $3::integer
