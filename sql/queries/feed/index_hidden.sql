-- $1 ids above this, $2 at most so many: the hidden posts, each with its author (null for nobody's).
SELECT h.post_id, (SELECT p.author_id FROM posts p WHERE p.id = h.post_id)
FROM hidden_posts h
WHERE h.post_id > $1::bigint
ORDER BY h.post_id LIMIT $2::integer
