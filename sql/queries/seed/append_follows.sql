-- $1 followers, $2 followees. Counters are locked as follow and unfollow do, in id order.
WITH wanted AS MATERIALIZED (
  SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS w (follower_id, followee_id)
),
locked AS MATERIALIZED (
  SELECT user_id FROM user_stats
  WHERE user_id = ANY ($1::bigint[] || $2::bigint[])
  ORDER BY user_id FOR UPDATE
),
ins AS (
  INSERT INTO follows (follower_id, followee_id)
  SELECT w.follower_id, w.followee_id FROM wanted w
  JOIN locked a ON a.user_id = w.follower_id JOIN locked b ON b.user_id = w.followee_id
  ON CONFLICT DO NOTHING
  RETURNING follower_id, followee_id
),
delta AS (
  SELECT user_id, sum(followers) AS followers, sum(following) AS following
  FROM (SELECT followee_id AS user_id, 1 AS followers, 0 AS following FROM ins
        UNION ALL SELECT follower_id, 0, 1 FROM ins) changes
  GROUP BY user_id
),
counted AS (
  UPDATE user_stats s SET followers = s.followers + d.followers, following = s.following + d.following
  FROM delta d WHERE d.user_id = s.user_id
),
log AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT 3, feedctl_shard(follower_id), follower_id, followee_id FROM ins
)
SELECT count(*) FROM ins
