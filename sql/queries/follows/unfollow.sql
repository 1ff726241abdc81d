-- Users $1 no longer follow users $2, each pair once. As follow, the other way; UserUnfollowed (4).
WITH asked AS MATERIALIZED (
  SELECT n, follower_id, followee_id, nullif(key_hash, '') AS key_hash, fp
  FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[])
       WITH ORDINALITY AS a (follower_id, followee_id, key_hash, fp, n)
),
seen AS MATERIALIZED (
  SELECT a.n, k.fp = a.fp AS same, k.status, k.result_id
  FROM asked a JOIN idempotency_keys k ON k.user_id = a.follower_id AND k.key_hash = a.key_hash
),
todo AS MATERIALIZED (
  SELECT * FROM asked a WHERE NOT EXISTS (SELECT FROM seen s WHERE s.n = a.n)
),
suspended AS MATERIALIZED (
  SELECT id FROM users
  WHERE suspended_at IS NOT NULL
    AND id = ANY (ARRAY(SELECT follower_id FROM todo UNION ALL SELECT followee_id FROM todo))
    -- Mostly nobody is. EXISTS would drop the order, and without statistics read all users.
    AND (SELECT true FROM users WHERE suspended_at IS NOT NULL ORDER BY id LIMIT 1)
),
locked AS MATERIALIZED (
  SELECT user_id FROM user_stats
  WHERE user_id = ANY (ARRAY(SELECT follower_id FROM todo UNION ALL SELECT followee_id FROM todo))
  ORDER BY user_id
  FOR UPDATE
),
pair AS MATERIALIZED (  -- after all locks
  SELECT t.follower_id, t.followee_id
  FROM todo t JOIN locked a ON a.user_id = t.follower_id JOIN locked b ON b.user_id = t.followee_id
  WHERE t.follower_id NOT IN (SELECT id FROM suspended)
    AND t.followee_id NOT IN (SELECT id FROM suspended)
  ORDER BY t.follower_id, t.followee_id
),
gone AS (
  DELETE FROM follows f USING pair p
  WHERE f.follower_id = p.follower_id AND f.followee_id = p.followee_id
  RETURNING f.follower_id, f.followee_id
),
counted AS (
  UPDATE user_stats s
  SET following = s.following - d.following, followers = s.followers - d.followers
  FROM (
    SELECT user_id, sum(following) AS following, sum(followers) AS followers
    FROM (SELECT follower_id, 1, 0 FROM gone UNION ALL SELECT followee_id, 0, 1 FROM gone)
         AS g (user_id, following, followers)
    GROUP BY user_id
  ) d
  WHERE s.user_id = d.user_id
),
event AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT 4, feedctl_shard(follower_id), follower_id, followee_id FROM gone
),
done AS MATERIALIZED (
  SELECT t.*, a.user_id AS follower,
         CASE WHEN t.followee_id NOT IN (SELECT id FROM suspended) THEN b.user_id END AS followee,
         t.follower_id IN (SELECT id FROM suspended) AS suspended,
         g.follower_id IS NOT NULL AS changed
  FROM todo t
  LEFT JOIN locked a ON a.user_id = t.follower_id
  LEFT JOIN locked b ON b.user_id = t.followee_id
  LEFT JOIN gone g ON g.follower_id = t.follower_id AND g.followee_id = t.followee_id
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT follower_id, key_hash, fp, 4,
         CASE WHEN followee IS NULL THEN followee_id WHEN follower IS NULL THEN follower_id END,
         CASE WHEN follower IS NULL OR followee IS NULL THEN 404 ELSE 200 END
  FROM done WHERE key_hash IS NOT NULL AND NOT suspended
  ORDER BY follower_id, key_hash
)
SELECT n, follower IS NOT NULL, followee IS NOT NULL, changed,
       NULL::boolean, NULL::smallint, NULL::bigint,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text, suspended
FROM done
UNION ALL
SELECT n, false, false, false, same, status, result_id, pg_current_snapshot()::text, NULL,
       false
FROM seen
