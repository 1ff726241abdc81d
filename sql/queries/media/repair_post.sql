-- $1 a post, $2 the image that it names and that is not there. It shows none; PostImageDeleted (18).
WITH cleared AS (
  UPDATE posts SET image_id = NULL
  WHERE id = $1::bigint AND image_id = $2::bigint AND deleted_at IS NULL AND NOT EXISTS (
    SELECT FROM media m WHERE m.id = $2 AND m.kind = 1 AND m.subject_id = $1 AND m.removed_at IS NULL)
  RETURNING id, shard, author_id
),
event AS (
  INSERT INTO events (type, shard, actor, object) SELECT 18, shard, coalesce(author_id, 0), id FROM cleared
)
SELECT id FROM cleared
