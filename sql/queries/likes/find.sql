-- The like of user $1 on post $2. No row: no such post; null columns: not liked.
SELECT k.id, feedctl_us(k.created_at)
FROM post_likes p LEFT JOIN likes k ON k.user_id = $1::bigint AND k.post_id = p.post_id
WHERE p.post_id = $2::bigint
