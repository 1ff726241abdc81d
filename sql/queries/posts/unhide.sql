-- $1 a post that the transaction has locked. It is shown again; PostUnhidden (17; actor and shard are
-- the author's), unless it is not hidden.
-- $2 who shows it, $3, $4 the key's hash and fingerprint, or nulls. Columns as in hide.
WITH seen AS MATERIALIZED (
  SELECT fp = $4::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $2::bigint AND key_hash = $3::bytea
),
wanted AS MATERIALIZED (
  SELECT id, author_id, shard FROM posts
  WHERE id = $1::bigint AND deleted_at IS NULL AND NOT EXISTS (SELECT FROM seen)
),
before AS (
  DELETE FROM hidden_posts h USING wanted w WHERE h.post_id = w.id RETURNING h.post_id, h.reason
),
event AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT 17, w.shard, coalesce(w.author_id, 0), w.id FROM wanted w JOIN before b ON b.post_id = w.id
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $2, $3, $4, 17, $1, CASE WHEN w.id IS NULL THEN 404 ELSE 200 END
  FROM (SELECT) one LEFT JOIN wanted w ON true
  WHERE $3 IS NOT NULL AND NOT EXISTS (SELECT FROM seen)
)
SELECT w.id IS NOT NULL, b.post_id IS NOT NULL, b.reason,
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN wanted w ON true LEFT JOIN before b ON true LEFT JOIN seen s ON true
