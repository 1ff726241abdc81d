-- $1 follower, $2 followee, different. The follow, both counters and UserFollowed (3), where it is
-- new. Both users' counters are locked first, in id order, so that pairs crossing each other cannot
-- deadlock and the event's id is drawn under the lock.
WITH locked AS MATERIALIZED (
  SELECT user_id FROM user_stats WHERE user_id IN ($1, $2) ORDER BY user_id FOR UPDATE
),
made AS (
  INSERT INTO follows (follower_id, followee_id)
  SELECT a.user_id, b.user_id FROM locked a, locked b WHERE a.user_id = $1 AND b.user_id = $2
  ON CONFLICT DO NOTHING
  RETURNING follower_id, followee_id
),
counted AS (
  UPDATE user_stats s
  SET following = s.following + (s.user_id = m.follower_id)::integer,
      followers = s.followers + (s.user_id = m.followee_id)::integer
  FROM made m WHERE s.user_id IN (m.follower_id, m.followee_id)
),
event AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT 3, feedctl_shard(follower_id), follower_id, followee_id FROM made
)
SELECT EXISTS (SELECT FROM locked WHERE user_id = $1), EXISTS (SELECT FROM locked WHERE user_id = $2),
       EXISTS (SELECT FROM made)
