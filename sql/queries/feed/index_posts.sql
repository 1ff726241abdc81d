-- $1 ids above this, $2 at most so many posts looked at: living posts of living authors, by id. The
-- last row may be of another kind: it has no author and only says how far this slice went.
WITH slice AS MATERIALIZED (
  SELECT id, author_id, deleted_at FROM posts WHERE id > $1::bigint ORDER BY id LIMIT $2::integer
)
SELECT s.id, s.author_id
FROM slice s
WHERE s.author_id IS NOT NULL AND s.deleted_at IS NULL
  AND (SELECT u.deleted_at IS NULL FROM users u WHERE u.id = s.author_id)
UNION ALL
SELECT max(id), NULL FROM slice HAVING max(id) IS NOT NULL
ORDER BY 1, 2 NULLS LAST
