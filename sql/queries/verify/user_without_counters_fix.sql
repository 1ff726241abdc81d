INSERT INTO user_stats (user_id, followers, following)
SELECT u.id, (SELECT count(*) FROM follows WHERE followee_id = u.id),
       (SELECT count(*) FROM follows WHERE follower_id = u.id)
FROM users u WHERE u.id = $1::bigint AND u.deleted_at IS NULL
ON CONFLICT DO NOTHING
