-- $1 posts, $2 users. Of each shown post its author, 0 for nobody's, and its views; then the living users,
-- with null for the author, and 1 for a suspended one.
SELECT p.id, coalesce(p.author_id, 0),
       coalesce((SELECT v.view_count FROM post_views v WHERE v.post_id = p.id), 0)
FROM posts p LEFT JOIN users u ON u.id = p.author_id AND u.deleted_at IS NULL AND u.suspended_at IS NULL
WHERE p.id = ANY ($1::bigint[]) AND p.deleted_at IS NULL AND (p.author_id IS NULL OR u.id IS NOT NULL)
  AND (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE
UNION ALL
SELECT u.id, NULL, (u.suspended_at IS NOT NULL)::integer FROM users u WHERE u.id = ANY ($2::bigint[]) AND u.deleted_at IS NULL
