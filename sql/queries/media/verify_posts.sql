-- $1 posts above this, $2 so many. The last id, the number of posts, and those whose image is not there.
WITH slice AS MATERIALIZED (
  SELECT id, image_id, deleted_at FROM posts WHERE id > $1::bigint ORDER BY id LIMIT $2::integer
)
SELECT (SELECT max(id) FROM slice), (SELECT count(*) FROM slice), b.id, b.image_id
FROM (SELECT) one LEFT JOIN (
  SELECT s.id, s.image_id FROM slice s
  WHERE s.image_id IS NOT NULL AND s.deleted_at IS NULL AND NOT EXISTS (
    SELECT FROM media m WHERE m.id = s.image_id AND m.kind = 1 AND m.subject_id = s.id AND m.removed_at IS NULL)
) b ON true
ORDER BY b.id
