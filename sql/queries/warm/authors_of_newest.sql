-- $1 the newest so many living posts: their living authors, whose newest post comes first.
SELECT author_id
FROM (SELECT id, author_id FROM posts WHERE deleted_at IS NULL ORDER BY id DESC LIMIT $1::integer) p
WHERE author_id IS NOT NULL
  AND (SELECT u.deleted_at IS NULL AND u.suspended_at IS NULL FROM users u WHERE u.id = p.author_id)
GROUP BY author_id
ORDER BY max(id) DESC
