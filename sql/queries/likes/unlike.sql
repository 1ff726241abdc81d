-- User $1 no longer likes post $2: the counter and PostUnliked (2) with the time the like had. A post
-- whose author has left is gone; what liked it goes with the account's removal.
-- $3, $4: the key, as in like. What a kept 404 did not find: the post (result_id), or else the like.
WITH seen AS MATERIALIZED (
  SELECT fp = $4::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $1::bigint AND key_hash = $3::bytea
),
post AS MATERIALIZED (
  SELECT post_id FROM post_likes WHERE post_id = $2::bigint AND NOT EXISTS (SELECT FROM seen)
    AND (SELECT (SELECT u.deleted_at FROM users u WHERE u.id = p.author_id)
         FROM posts p WHERE p.id = $2) IS NULL
  FOR UPDATE
),
gone AS (
  DELETE FROM likes l USING post p WHERE l.user_id = $1::bigint AND l.post_id = p.post_id
  RETURNING l.user_id, l.post_id, l.created_at
),
counter AS (
  UPDATE post_likes p SET like_count = p.like_count - 1 FROM gone g WHERE p.post_id = g.post_id
),
event AS (
  INSERT INTO events (type, shard, actor, object, liked_at)
  SELECT 2, feedctl_shard(user_id), user_id, post_id, created_at FROM gone
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $1, $3, $4, 2, CASE WHEN p.post_id IS NULL THEN $2 END,
         CASE WHEN g.post_id IS NULL THEN 404 ELSE 204 END
  FROM (SELECT) one LEFT JOIN post p ON true LEFT JOIN gone g ON true
  WHERE $3 IS NOT NULL AND NOT EXISTS (SELECT FROM seen)
)
SELECT EXISTS (SELECT FROM post), EXISTS (SELECT FROM gone),
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN seen s ON true
