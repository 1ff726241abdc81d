-- $1 the post, $2 its author, $3 and $4 followers above and up to these ids. Their rows, by one pass
-- over both keys. Fails where one of them is there already: the check costs half as much again.
INSERT INTO user_feed (user_id, post_id, author_id)
SELECT f.follower_id, $1::bigint, $2::bigint
FROM follows f
JOIN feed_state s ON s.user_id = f.follower_id
WHERE f.followee_id = $2 AND f.follower_id > $3::bigint AND f.follower_id <= $4::bigint
  AND s.user_id > $3 AND s.user_id <= $4 AND s.state > 0
ORDER BY f.follower_id
