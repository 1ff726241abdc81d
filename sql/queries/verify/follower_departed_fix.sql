-- A piece at a time: what a departed user's follows count for the others goes with them.
WITH piece AS MATERIALIZED (
  SELECT followee_id AS other FROM follows
  WHERE follower_id = $1::bigint AND NOT EXISTS (SELECT FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL)
  LIMIT 1000
),
locked AS MATERIALIZED (
  SELECT user_id FROM user_stats WHERE user_id IN (SELECT other FROM piece) ORDER BY user_id FOR UPDATE
),
gone AS (
  DELETE FROM follows
  WHERE follower_id = $1 AND followee_id IN (SELECT other FROM piece) AND (SELECT count(*) FROM locked) >= 0
  RETURNING followee_id AS other
),
counted AS (
  UPDATE user_stats s SET followers = greatest(s.followers - 1, 0) FROM gone WHERE s.user_id = gone.other
)
SELECT other FROM gone
