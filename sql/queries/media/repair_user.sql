-- $1 a user, $2 the avatar that is named and that is not there. They show none; AvatarDeleted (19).
WITH cleared AS (
  UPDATE users SET avatar_id = NULL
  WHERE id = $1::bigint AND avatar_id = $2::bigint AND deleted_at IS NULL AND NOT EXISTS (
    SELECT FROM media m WHERE m.id = $2 AND m.kind = 2 AND m.subject_id = $1 AND m.removed_at IS NULL)
  RETURNING id, shard
),
event AS (
  INSERT INTO events (type, shard, actor, object) SELECT 19, shard, id, id FROM cleared
)
SELECT id FROM cleared
