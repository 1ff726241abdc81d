-- $1 the post, whose row the transaction has locked, $2 the actor or null where nobody is named,
-- $3 an admin acts. $4 the media's id, $5 its object, $6 the type, $7 bytes, $8 width, $9 height.
-- The media, which is shown from now on, PostImageUploaded (10; actor and shard are the author's), the job that
-- makes its thumbnails, and for the media that was shown before the job that removes it.
-- $10, $11: the key's hash and fingerprint, or null; kept with 201 and the media's id.
-- First the summary, null where nothing was stored; the media that was shown before, and the owner of
-- the post. Last come the columns that commands::read_replay reads.
WITH seen AS MATERIALIZED (
  SELECT fp = $11::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $2::bigint AND key_hash = $10::bytea
),
actor AS MATERIALIZED (
  SELECT id, suspended_at IS NULL AS is_active FROM users WHERE id = $2::bigint AND deleted_at IS NULL
),
target AS MATERIALIZED (
  SELECT p.id, p.author_id AS owner_id, p.shard, p.image_id AS media_id,
         $2::bigint IS NULL OR $3::boolean OR p.author_id IS NOT DISTINCT FROM $2 AS allowed
  FROM posts p LEFT JOIN users u ON u.id = p.author_id AND u.deleted_at IS NULL
    AND (u.suspended_at IS NULL OR $3::boolean)
  WHERE p.id = $1::bigint AND p.deleted_at IS NULL AND (p.author_id IS NULL OR u.id IS NOT NULL)
    AND ($3 OR (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE)
    AND ($2 IS NULL OR EXISTS (SELECT FROM actor WHERE is_active)) AND NOT EXISTS (SELECT FROM seen)
),
stored AS (
  INSERT INTO media (id, kind, owner_id, subject_id, object_key, content_type, byte_count, width, height)
  SELECT $4::bigint, 1, $2, id, $5::text, $6::text, $7::integer, $8::integer, $9::integer
  FROM target WHERE allowed
  RETURNING id, subject_id, summary
),
shown AS (
  UPDATE posts x SET image_id = s.id FROM stored s WHERE x.id = s.subject_id RETURNING x.id
),
replaced AS (
  UPDATE media m SET removed_at = clock_timestamp() FROM target t
  WHERE t.allowed AND m.id = t.media_id AND m.removed_at IS NULL
  RETURNING m.id
),
event AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT 10, t.shard, coalesce(owner_id, 0), t.id FROM target t JOIN shown x ON x.id = t.id
),
work AS (
  INSERT INTO jobs (kind, lane, subject, wait)
  SELECT 'media.process', 1, id, interval '0' FROM stored
  UNION ALL SELECT 'media.remove', 2, id, interval '0' FROM replaced
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $2, $10, $11, 10, id, 201 FROM stored WHERE $10 IS NOT NULL
)
SELECT m.summary, t.media_id, t.owner_id,
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN stored m ON true LEFT JOIN target t ON true LEFT JOIN seen s ON true
