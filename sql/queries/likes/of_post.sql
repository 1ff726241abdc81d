-- $1 a post, $2 like ids below this, $3 at most so many, newest first. Likes of hidden users
-- are left out, and so are all likes of a post that is hidden or whose author is.
SELECT k.id, k.user_id, feedctl_us(k.created_at) FROM likes k
WHERE k.post_id = $1::bigint AND k.id < $2::bigint
  AND EXISTS (SELECT FROM post_likes l WHERE l.post_id = $1)
  AND (SELECT (SELECT coalesce(u.deleted_at, u.suspended_at) FROM users u WHERE u.id = p.author_id)
       FROM posts p WHERE p.id = $1) IS NULL
  AND (SELECT true FROM hidden_posts h WHERE h.post_id = $1) IS NOT TRUE
  AND (SELECT coalesce(u.deleted_at, u.suspended_at) FROM users u WHERE u.id = k.user_id) IS NULL
ORDER BY k.id DESC
LIMIT $3::integer
