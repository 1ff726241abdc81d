-- $1 a post, $2 like ids below this, $3 at most so many, newest first.
SELECT id, user_id, feedctl_us(created_at) FROM likes
WHERE post_id = $1::bigint AND id < $2::bigint
ORDER BY id DESC
LIMIT $3::integer
