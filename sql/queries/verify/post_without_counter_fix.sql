-- Without its counter nobody could like it, so its likes hold still.
INSERT INTO post_likes (post_id, like_count)
SELECT p.id, (SELECT count(*) FROM likes l WHERE l.post_id = p.id)
FROM posts p WHERE p.id = $1::bigint AND p.deleted_at IS NULL
ON CONFLICT DO NOTHING
