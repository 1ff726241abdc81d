-- $1 follower, $2 followee, different. As follow, the other way; UserUnfollowed (4).
WITH locked AS MATERIALIZED (
  SELECT user_id FROM user_stats WHERE user_id IN ($1, $2) ORDER BY user_id FOR UPDATE
),
gone AS (
  DELETE FROM follows f USING locked a, locked b
  WHERE a.user_id = $1 AND b.user_id = $2 AND f.follower_id = a.user_id AND f.followee_id = b.user_id
  RETURNING f.follower_id, f.followee_id
),
counted AS (
  UPDATE user_stats s
  SET following = s.following - (s.user_id = g.follower_id)::integer,
      followers = s.followers - (s.user_id = g.followee_id)::integer
  FROM gone g WHERE s.user_id IN (g.follower_id, g.followee_id)
),
event AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT 4, feedctl_shard(follower_id), follower_id, followee_id FROM gone
)
SELECT EXISTS (SELECT FROM locked WHERE user_id = $1), EXISTS (SELECT FROM locked WHERE user_id = $2),
       EXISTS (SELECT FROM gone)
