-- $1 follower, $2 followee, different. The follow, both counters and UserFollowed (3), where it is
-- new. Both users' counters are locked first, in id order, so that pairs crossing each other cannot
-- deadlock and the event's id is drawn under the lock.
-- $3, $4: the key's hash and fingerprint, or null; of a kept 404, result_id is who is missing. Last
-- come the columns that commands::settle reads.
WITH seen AS MATERIALIZED (
  SELECT fp = $4::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $1::bigint AND key_hash = $3::bytea
),
locked AS MATERIALIZED (
  SELECT user_id FROM user_stats
  WHERE user_id IN ($1, $2) AND NOT EXISTS (SELECT FROM seen) ORDER BY user_id FOR UPDATE
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
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $1, $3, $4, 3,
         CASE WHEN b.user_id IS NULL THEN $2::bigint WHEN a.user_id IS NULL THEN $1 END,
         CASE WHEN a.user_id IS NULL OR b.user_id IS NULL THEN 404 ELSE 200 END
  FROM (SELECT count(*) FROM made) done  -- after the effect
  LEFT JOIN locked a ON a.user_id = $1 LEFT JOIN locked b ON b.user_id = $2
  WHERE $3 IS NOT NULL AND NOT EXISTS (SELECT FROM seen)
)
SELECT EXISTS (SELECT FROM locked WHERE user_id = $1), EXISTS (SELECT FROM locked WHERE user_id = $2),
       EXISTS (SELECT FROM made),
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN seen s ON true
