-- $1 media. It is no longer shown, and a job removes it; PostImageDeleted (18) or AvatarDeleted (19) where
-- a post or a user showed it. The post or user is locked before the media, as an upload locks them.
WITH locked_post AS MATERIALIZED (
  SELECT p.id FROM posts p JOIN media m ON m.kind = 1 AND p.id = m.subject_id
  WHERE m.id = $1::bigint FOR UPDATE OF p
),
locked_user AS MATERIALIZED (
  SELECT u.id FROM users u JOIN media m ON m.kind = 2 AND u.id = m.subject_id
  WHERE m.id = $1::bigint FOR UPDATE OF u
),
gone AS (
  UPDATE media SET removed_at = clock_timestamp()
  WHERE id = $1::bigint AND removed_at IS NULL
    AND (SELECT count(*) FROM locked_post) + (SELECT count(*) FROM locked_user) >= 0
  RETURNING id, kind, subject_id
),
post AS (
  UPDATE posts p SET image_id = NULL FROM gone g
  WHERE g.kind = 1 AND p.id = g.subject_id AND p.image_id = g.id
  RETURNING 18 AS type, p.shard, coalesce(p.author_id, 0) AS actor, p.id AS object, p.deleted_at
),
owner AS (
  UPDATE users u SET avatar_id = NULL FROM gone g
  WHERE g.kind = 2 AND u.id = g.subject_id AND u.avatar_id = g.id
  RETURNING 19 AS type, u.shard, u.id AS actor, u.id AS object, u.deleted_at
),
event AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT type, shard, actor, object FROM (TABLE post UNION ALL TABLE owner) e WHERE deleted_at IS NULL
),
job AS (
  INSERT INTO jobs (kind, lane, subject, wait) SELECT 'media.remove', 2, id, interval '0' FROM gone
)
SELECT id FROM gone
