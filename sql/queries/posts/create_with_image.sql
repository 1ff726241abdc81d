-- As create, with an image: $1 the author or null for nobody, $2 the text, $3, $4 the key's hash and
-- fingerprint, or null; $5 the post's id, which draft drew; then the image, whose object is stored:
-- $6 its id, $7 the object's key, $8 its content type, $9 bytes, $10 width, $11 height.
-- The id tells when the post was made: feeds sort by it and the ranking takes the newest posts by it.
-- So the caller draws it a few seconds before at most. SQLSTATE 23505 on posts_pkey: it is taken.
-- PostCreated (5) comes before PostImageUploaded (10). The job makes thumbnails and blurhash.
WITH seen AS MATERIALIZED (
  SELECT fp = $4::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $1::bigint AND key_hash = $3::bytea
),
author AS MATERIALIZED (
  SELECT id, handle, name, shard, avatar_id FROM users
  WHERE id = $1::bigint AND deleted_at IS NULL AND suspended_at IS NULL
    AND NOT EXISTS (SELECT FROM seen)
),
draft AS MATERIALIZED (
  SELECT $5::bigint AS id WHERE $1::bigint IS NULL OR EXISTS (SELECT FROM author)
),
claim AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $1, $3, $4, 5, id, 201 FROM draft WHERE $3 IS NOT NULL
  RETURNING result_id
),
post AS (
  INSERT INTO posts (id, author_id, shard, text, image_id)
  SELECT d.id, a.id, coalesce(a.shard, feedctl_shard(d.id)), $2::text, $6::bigint
  FROM draft d LEFT JOIN author a ON true
  WHERE $3 IS NULL OR EXISTS (SELECT FROM claim)
  RETURNING id, author_id, shard, text, created_at
),
counter AS (
  INSERT INTO post_likes (post_id) SELECT id FROM post
),
image AS (
  INSERT INTO media (id, kind, owner_id, subject_id, object_key, content_type, byte_count, width, height)
  SELECT $6, 1, author_id, id, $7::text, $8::text, $9::integer, $10::integer, $11::integer FROM post
  RETURNING id, summary
),
job AS (
  INSERT INTO jobs (kind, lane, subject, wait) SELECT 'media.process', 1, id, interval '0' FROM image
),
event AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT e.type, p.shard, coalesce(p.author_id, 0), p.id
  FROM post p CROSS JOIN (VALUES (5::smallint), (10::smallint)) e(type)
  ORDER BY e.type
)
SELECT p.id, p.author_id, a.handle, a.name, p.text, 0, 0,
       CASE WHEN p.author_id IS NOT NULL THEN false END, feedctl_us(p.created_at),
       (SELECT summary FROM image), a.avatar_id,
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN post p ON true LEFT JOIN author a ON true LEFT JOIN seen s ON true
