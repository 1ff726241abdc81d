-- $1 ids above this, $2 at most so many posts: by id, without an author where there is nothing to keep
-- (nobody's, deleted, or of somebody who has left). Suspended authors keep theirs, and hidden posts
-- come too.
SELECT p.id, CASE WHEN p.deleted_at IS NULL AND u.id IS NULL THEN p.author_id END
FROM (SELECT id, author_id, deleted_at FROM posts WHERE id > $1::bigint ORDER BY id LIMIT $2::integer) p
LEFT JOIN users u ON u.id = p.author_id AND u.deleted_at IS NOT NULL
ORDER BY p.id
