-- $1 media that may be shown now: its post or user is. No row: there is none.
SELECT m.object_key, m.content_type, m.byte_count, m.summary
FROM media m
WHERE m.id = $1::bigint AND m.removed_at IS NULL
  AND CASE m.kind
    WHEN 1 THEN EXISTS (
      SELECT FROM posts p LEFT JOIN users u ON u.id = p.author_id AND u.deleted_at IS NULL AND u.suspended_at IS NULL
      WHERE p.id = m.subject_id AND p.image_id = m.id AND p.deleted_at IS NULL
        AND (p.author_id IS NULL OR u.id IS NOT NULL)
        AND (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE)
    ELSE EXISTS (
      SELECT FROM users u
      WHERE u.id = m.subject_id AND u.avatar_id = m.id AND u.deleted_at IS NULL AND u.suspended_at IS NULL)
    END
