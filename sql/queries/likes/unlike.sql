-- Users $1 no longer like posts $2, each pair once: the counters and PostUnliked (2) with the time each
-- like had. A hidden post and one whose author is hidden are not found.
-- $3, $4: the keys, as in like. What a kept 404 did not find: the post (result_id), or else the like.
-- A row a command: its place, whether its post was found, whether the like was; last, as in like, whether
-- the user is suspended.
WITH asked AS MATERIALIZED (
  SELECT n, user_id, post_id, nullif(key_hash, '') AS key_hash, fp
  FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[])
       WITH ORDINALITY AS a (user_id, post_id, key_hash, fp, n)
),
seen AS MATERIALIZED (
  SELECT a.n, k.fp = a.fp AS same, k.status, k.result_id
  FROM asked a JOIN idempotency_keys k ON k.user_id = a.user_id AND k.key_hash = a.key_hash
),
todo AS MATERIALIZED (
  SELECT * FROM asked a WHERE NOT EXISTS (SELECT FROM seen s WHERE s.n = a.n)
),
suspended AS MATERIALIZED (
  SELECT id FROM users
  WHERE suspended_at IS NOT NULL AND id = ANY (ARRAY(SELECT user_id FROM todo))
    -- Mostly nobody is. EXISTS would drop the order, and without statistics read all users.
    AND (SELECT true FROM users WHERE suspended_at IS NOT NULL ORDER BY id LIMIT 1)
),
post AS MATERIALIZED (
  SELECT post_id FROM post_likes c
  WHERE post_id = ANY (ARRAY(SELECT post_id FROM todo))
    AND (SELECT (SELECT coalesce(u.deleted_at, u.suspended_at) FROM users u WHERE u.id = p.author_id)
         FROM posts p WHERE p.id = c.post_id) IS NULL
    AND (SELECT true FROM hidden_posts h WHERE h.post_id = c.post_id) IS NOT TRUE
  ORDER BY post_id
  FOR UPDATE
),
locked AS MATERIALIZED (  -- all of them, before the first like is touched
  SELECT t.user_id, t.post_id FROM todo t JOIN post USING (post_id)
  WHERE t.user_id NOT IN (SELECT id FROM suspended)
  ORDER BY t.post_id, t.user_id
),
gone AS (
  DELETE FROM likes l USING locked t WHERE l.user_id = t.user_id AND l.post_id = t.post_id
  RETURNING l.user_id, l.post_id, l.created_at
),
counter AS (
  UPDATE post_likes c SET like_count = c.like_count - g.lost
  FROM (SELECT post_id, count(*) AS lost FROM gone GROUP BY post_id) g WHERE c.post_id = g.post_id
),
event AS (
  INSERT INTO events (type, shard, actor, object, liked_at)
  SELECT 2, feedctl_shard(user_id), user_id, post_id, created_at FROM gone
),
done AS MATERIALIZED (
  SELECT t.n, t.user_id, t.key_hash, t.fp, t.post_id AS asked_post, p.post_id, g.created_at,
         t.user_id IN (SELECT id FROM suspended) AS suspended
  FROM todo t LEFT JOIN post p USING (post_id)
  LEFT JOIN gone g ON g.user_id = t.user_id AND g.post_id = t.post_id
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT user_id, key_hash, fp, 2, CASE WHEN post_id IS NULL THEN asked_post END,
         CASE WHEN created_at IS NULL THEN 404 ELSE 204 END
  FROM done WHERE key_hash IS NOT NULL AND NOT suspended
  ORDER BY user_id, key_hash
)
SELECT n, post_id IS NOT NULL, created_at IS NOT NULL, NULL::boolean, NULL::smallint, NULL::bigint,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text, suspended
FROM done
UNION ALL
SELECT n, false, false, same, status, result_id, pg_current_snapshot()::text, NULL, false
FROM seen
