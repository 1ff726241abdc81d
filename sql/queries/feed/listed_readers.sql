-- $1 new posts, $2 those of authors with more followers than this have no rows by the batch. Their
-- readers who may have a list: a reader is noted every hour, at least every other one.
SELECT DISTINCT f.follower_id
FROM (SELECT DISTINCT unnest($1::bigint[]) AS id) asked
CROSS JOIN LATERAL (SELECT author_id FROM posts WHERE id = asked.id LIMIT 1) p
CROSS JOIN LATERAL (
  SELECT FROM user_stats WHERE user_id = p.author_id AND followers <= $2::bigint LIMIT 1
) s
CROSS JOIN LATERAL (SELECT follower_id FROM follows WHERE followee_id = p.author_id OFFSET 0) f
CROSS JOIN LATERAL (
  SELECT FROM feed_state
  WHERE user_id = f.follower_id AND state > 0 AND seen_at > clock_timestamp() - interval '3 hours'
  LIMIT 1
) active
