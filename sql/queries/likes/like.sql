-- Users $1 like posts $2, each pair once: the likes, the counters and PostLiked (1) with each like's own
-- time. The counters' rows are locked first, in the order of posts: they say that the posts are there,
-- and likes, unlikes and a post's delete queue on them. A hidden post and one whose author is
-- hidden are not found, though its counter may be there.
-- $3, $4: the keys' hashes and fingerprints ('' where a command has none), or null where none has; each
-- user and key once. A key that is there already leaves its command out; a new one is kept with its
-- answer. A row a command: its place, whether its post was found, the like that was made, or else the
-- one that this statement's snapshot has (none: it was committed by somebody this one waited for).
-- Then come the columns that commands::settle reads,
-- and last whether the user is suspended: such a command does nothing and keeps no key.
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
liked AS (
  INSERT INTO likes (user_id, post_id)
  SELECT t.user_id, t.post_id FROM todo t JOIN post USING (post_id)
  WHERE t.user_id NOT IN (SELECT id FROM suspended)
  ORDER BY t.post_id, t.user_id  -- so that all locks come before the first like
  ON CONFLICT (user_id, post_id) DO NOTHING
  RETURNING id, user_id, post_id, created_at
),
counter AS (
  UPDATE post_likes c SET like_count = c.like_count + l.made
  FROM (SELECT post_id, count(*) AS made FROM liked GROUP BY post_id) l WHERE c.post_id = l.post_id
),
event AS (
  INSERT INTO events (type, shard, actor, object, liked_at)
  SELECT 1, feedctl_shard(user_id), user_id, post_id, created_at FROM liked
),
done AS MATERIALIZED (
  SELECT t.n, t.user_id, t.key_hash, t.fp, p.post_id, l.id, l.created_at,
         t.user_id IN (SELECT id FROM suspended) AS suspended,
         CASE WHEN l.id IS NULL AND p.post_id IS NOT NULL THEN
           (SELECT k.id FROM likes k WHERE k.user_id = t.user_id AND k.post_id = t.post_id)
         END AS there,
         CASE WHEN l.id IS NULL AND p.post_id IS NOT NULL THEN
           (SELECT k.created_at FROM likes k WHERE k.user_id = t.user_id AND k.post_id = t.post_id)
         END AS there_since
  FROM todo t LEFT JOIN post p USING (post_id)
  LEFT JOIN liked l ON l.user_id = t.user_id AND l.post_id = t.post_id
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT user_id, key_hash, fp, 1, coalesce(id, there),
         CASE WHEN post_id IS NULL THEN 404 WHEN id IS NULL THEN 200 ELSE 201 END
  FROM done WHERE key_hash IS NOT NULL AND NOT suspended
  ORDER BY user_id, key_hash
)
SELECT n, post_id IS NOT NULL, id, feedctl_us(created_at), there, feedctl_us(there_since),
       NULL::boolean, NULL::smallint, NULL::bigint,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text, suspended
FROM done
UNION ALL
SELECT n, false, NULL, NULL, NULL, NULL, same, status, result_id, pg_current_snapshot()::text, NULL,
       false
FROM seen
