-- $1 the post, $2 the actor or null where nobody is named, $3 an admin acts.
-- An admin may also remove a hidden post or one of a suspended author, which others do not find.
-- The tombstone, the counter and PostDeleted (6; actor and shard are the author's). The event waits
-- for the counter's row, so it comes after every like of the post in the log.
-- $4, $5: the key's hash and fingerprint, or null; kept with 204 or with 404 for the post. Last come
-- the columns that commands::settle reads.
WITH seen AS MATERIALIZED (
  SELECT fp = $5::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $2::bigint AND key_hash = $4::bytea
),
actor AS MATERIALIZED (
  SELECT id FROM users WHERE id = $2::bigint AND deleted_at IS NULL AND suspended_at IS NULL
),
target AS MATERIALIZED (
  SELECT p.id,
         $2::bigint IS NULL OR $3::boolean OR p.author_id IS NOT DISTINCT FROM $2 AS allowed
  FROM posts p LEFT JOIN users u ON u.id = p.author_id AND u.deleted_at IS NULL
    AND (u.suspended_at IS NULL OR $3::boolean)
  WHERE p.id = $1::bigint AND p.deleted_at IS NULL AND (p.author_id IS NULL OR u.id IS NOT NULL)
    AND ($3 OR (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE)
    AND ($2 IS NULL OR EXISTS (SELECT FROM actor)) AND NOT EXISTS (SELECT FROM seen)
),
gone AS (
  UPDATE posts p SET deleted_at = clock_timestamp(), text = ''
  FROM target t
  WHERE p.id = t.id AND t.allowed AND p.deleted_at IS NULL
  RETURNING p.id, p.author_id, p.shard
),
counter AS (
  DELETE FROM post_likes l USING gone g WHERE l.post_id = g.id RETURNING l.post_id
),
event AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT 6, g.shard, coalesce(g.author_id, 0), g.id
  FROM gone g LEFT JOIN counter c ON c.post_id = g.id
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT a.id, $4, $5, 6, $1, CASE WHEN g.id IS NULL THEN 404 ELSE 204 END
  FROM actor a LEFT JOIN gone g ON true LEFT JOIN counter c ON c.post_id = g.id
  WHERE $4 IS NOT NULL AND NOT EXISTS (SELECT FROM seen)
    AND coalesce((SELECT allowed FROM target), true)
)
SELECT $2 IS NULL OR EXISTS (SELECT FROM actor), coalesce((SELECT NOT allowed FROM target), false),
       EXISTS (SELECT FROM gone),
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN seen s ON true
