UPDATE user_stats
SET followers = (SELECT count(*) FROM follows WHERE followee_id = $1::bigint),
    following = (SELECT count(*) FROM follows WHERE follower_id = $1)
WHERE user_id = $1
