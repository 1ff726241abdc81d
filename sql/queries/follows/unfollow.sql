-- $1 follower, $2 followee, different. As follow, the other way; UserUnfollowed (4).
WITH seen AS MATERIALIZED (
  SELECT fp = $4::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $1::bigint AND key_hash = $3::bytea
),
locked AS MATERIALIZED (
  SELECT user_id FROM user_stats
  WHERE user_id IN ($1, $2) AND NOT EXISTS (SELECT FROM seen) ORDER BY user_id FOR UPDATE
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
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $1, $3, $4, 4,
         CASE WHEN b.user_id IS NULL THEN $2::bigint WHEN a.user_id IS NULL THEN $1 END,
         CASE WHEN a.user_id IS NULL OR b.user_id IS NULL THEN 404 ELSE 200 END
  FROM (SELECT count(*) FROM gone) done  -- after the effect
  LEFT JOIN locked a ON a.user_id = $1 LEFT JOIN locked b ON b.user_id = $2
  WHERE $3 IS NOT NULL AND NOT EXISTS (SELECT FROM seen)
)
SELECT EXISTS (SELECT FROM locked WHERE user_id = $1), EXISTS (SELECT FROM locked WHERE user_id = $2),
       EXISTS (SELECT FROM gone),
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN seen s ON true
