-- $1 the author, $2 at most so many. The ids of their newest posts, hidden ones included: the list is
-- kept, and its readers filter it.
SELECT id FROM posts
WHERE author_id = $1::bigint AND deleted_at IS NULL
ORDER BY id DESC
LIMIT $2::integer
