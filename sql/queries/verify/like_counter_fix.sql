-- A statement of its own behind the lock: its snapshot has every like that the lock waited for.
UPDATE post_likes SET like_count = (SELECT count(*) FROM likes WHERE post_id = $1::bigint)
WHERE post_id = $1
