-- The like of user $1 on post $2, and the snapshot that saw it. No row: no such post; null columns:
-- not liked, or the user is hidden.
SELECT k.id, feedctl_us(k.created_at), pg_current_snapshot()::text
FROM post_likes p
LEFT JOIN likes k ON k.user_id = $1::bigint AND k.post_id = p.post_id
  AND (SELECT coalesce(u.deleted_at, u.suspended_at) FROM users u WHERE u.id = k.user_id) IS NULL
WHERE p.post_id = $2::bigint
  AND (SELECT true FROM hidden_posts h WHERE h.post_id = $2) IS NOT TRUE
  AND (SELECT (SELECT coalesce(u.deleted_at, u.suspended_at) FROM users u WHERE u.id = o.author_id)
       FROM posts o WHERE o.id = $2) IS NULL
