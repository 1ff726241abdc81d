-- $1 a post, $2 its author's followers above this id, $3 up to this one. Those who may have a list.
SELECT f.follower_id
FROM (SELECT author_id FROM posts WHERE id = $1::bigint) p
CROSS JOIN LATERAL (
  SELECT follower_id FROM follows
  WHERE followee_id = p.author_id AND follower_id > $2::bigint AND follower_id <= $3::bigint
  OFFSET 0
) f
CROSS JOIN LATERAL (
  SELECT FROM feed_state
  WHERE user_id = f.follower_id AND state > 0 AND seen_at > clock_timestamp() - interval '3 hours'
  LIMIT 1
) active
