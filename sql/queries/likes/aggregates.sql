-- $1 a post. Its likes, those of the last 24 hours, and its time. No row: no such post, or a hidden
-- one.
SELECT l.like_count,
       (SELECT count(*) FROM likes k
        WHERE k.post_id = l.post_id AND k.created_at >= now() - interval '24 hours'),
       feedctl_us(p.created_at)
FROM post_likes l JOIN posts p ON p.id = l.post_id
WHERE l.post_id = $1::bigint
  AND (SELECT true FROM hidden_posts h WHERE h.post_id = $1) IS NOT TRUE
  AND (SELECT coalesce(u.deleted_at, u.suspended_at) FROM users u WHERE u.id = p.author_id) IS NULL
