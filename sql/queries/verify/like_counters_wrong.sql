-- $1 posts: post, its counter, its likes.
SELECT c.post_id, c.like_count, l.n
FROM post_likes c
CROSS JOIN LATERAL (SELECT count(*) AS n FROM likes WHERE post_id = c.post_id) l
WHERE c.post_id = ANY ($1::bigint[]) AND c.like_count <> l.n
ORDER BY c.post_id
