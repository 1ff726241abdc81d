-- User $1 likes post $2: the like, the counter and PostLiked (1) with the like's own time.
-- The counter's row is locked first: it says that the post is there, and likes, unlikes and the
-- post's delete queue on it. A post whose author has left is gone, though its counter may be there.
-- found without an id: liked before, or by a commit this one waited for.
-- $3, $4: the key's hash and fingerprint, or null. A key that is there already leaves all else out;
-- a new one is kept with its answer. Last come the columns that commands::settle reads.
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
liked AS (
  INSERT INTO likes (user_id, post_id)
  SELECT $1::bigint, post_id FROM post
  ON CONFLICT (user_id, post_id) DO NOTHING
  RETURNING id, user_id, post_id, created_at
),
counter AS (
  UPDATE post_likes p SET like_count = p.like_count + 1 FROM liked l WHERE p.post_id = l.post_id
),
event AS (
  INSERT INTO events (type, shard, actor, object, liked_at)
  SELECT 1, feedctl_shard(user_id), user_id, post_id, created_at FROM liked
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $1, $3, $4, 1,
         coalesce(l.id, (SELECT k.id FROM likes k WHERE k.user_id = $1 AND k.post_id = p.post_id)),
         CASE WHEN p.post_id IS NULL THEN 404 WHEN l.id IS NULL THEN 200 ELSE 201 END
  FROM (SELECT) one LEFT JOIN post p ON true LEFT JOIN liked l ON true
  WHERE $3 IS NOT NULL AND NOT EXISTS (SELECT FROM seen)
)
SELECT EXISTS (SELECT FROM post), l.id, feedctl_us(l.created_at),
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN liked l ON true LEFT JOIN seen s ON true
