-- $1 a post. No row: nobody sees it. Nulls: it has no image.
SELECT m.object_key, m.content_type, m.byte_count, m.summary
FROM posts p
LEFT JOIN users u ON u.id = p.author_id AND u.deleted_at IS NULL AND u.suspended_at IS NULL
LEFT JOIN media m ON m.id = p.image_id AND m.removed_at IS NULL
WHERE p.id = $1::bigint AND p.deleted_at IS NULL AND (p.author_id IS NULL OR u.id IS NOT NULL)
  AND (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE
