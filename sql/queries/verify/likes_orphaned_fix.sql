-- A piece at a time, until nothing is left of them.
DELETE FROM likes
WHERE post_id = $1::bigint AND user_id = ANY (ARRAY(SELECT user_id FROM likes WHERE post_id = $1 LIMIT 5000))
  AND NOT EXISTS (SELECT FROM posts p WHERE p.id = $1 AND p.deleted_at IS NULL)
