-- $1 a post that the transaction has locked, $2 why, or null. From now on nobody sees it; PostHidden
-- (16; actor and shard are the author's). One that is hidden already stays so, and gets the new
-- reason, if any.
-- $3 who hides it, $4, $5 the key's hash and fingerprint, or nulls; kept with 404 for no living post.
-- First, whether the post lives, whether it was hidden before, and why; last come the columns that
-- commands::read_replay reads.
WITH seen AS MATERIALIZED (
  SELECT fp = $5::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $3::bigint AND key_hash = $4::bytea
),
wanted AS MATERIALIZED (
  SELECT id, author_id, shard FROM posts
  WHERE id = $1::bigint AND deleted_at IS NULL AND NOT EXISTS (SELECT FROM seen)
),
before AS MATERIALIZED (
  SELECT h.post_id, h.reason FROM hidden_posts h JOIN wanted w ON w.id = h.post_id
),
hidden AS (
  INSERT INTO hidden_posts AS h (post_id, hidden_by, reason) SELECT id, $3, $2::text FROM wanted
  ON CONFLICT (post_id) DO UPDATE SET reason = excluded.reason
  WHERE excluded.reason IS NOT NULL AND excluded.reason IS DISTINCT FROM h.reason
),
event AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT 16, shard, coalesce(author_id, 0), id FROM wanted WHERE NOT EXISTS (SELECT FROM before)
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $3, $4, $5, 16, $1, CASE WHEN w.id IS NULL THEN 404 ELSE 200 END
  FROM (SELECT) one LEFT JOIN wanted w ON true
  WHERE $4 IS NOT NULL AND NOT EXISTS (SELECT FROM seen)
)
SELECT w.id IS NOT NULL, b.post_id IS NOT NULL, b.reason,
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN wanted w ON true LEFT JOIN before b ON true LEFT JOIN seen s ON true
