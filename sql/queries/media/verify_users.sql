-- $1 users above this, $2 so many. The last id, the number of users, and those whose avatar is not there.
WITH slice AS MATERIALIZED (
  SELECT id, avatar_id, deleted_at FROM users WHERE id > $1::bigint ORDER BY id LIMIT $2::integer
)
SELECT (SELECT max(id) FROM slice), (SELECT count(*) FROM slice), b.id, b.avatar_id
FROM (SELECT) one LEFT JOIN (
  SELECT s.id, s.avatar_id FROM slice s
  WHERE s.avatar_id IS NOT NULL AND s.deleted_at IS NULL AND NOT EXISTS (
    SELECT FROM media m WHERE m.id = s.avatar_id AND m.kind = 2 AND m.subject_id = s.id AND m.removed_at IS NULL)
) b ON true
ORDER BY b.id
