-- $1 ids above this, $2 at most so many posts: by id, without an author where there is nothing to keep
-- (nobody's, deleted, or of somebody who has left).
SELECT p.id,
       CASE WHEN p.deleted_at IS NULL
                 AND (SELECT true FROM users u WHERE u.id = p.author_id AND u.deleted_at IS NOT NULL) IS NULL
            THEN p.author_id END
FROM posts p
WHERE p.id > $1::bigint
ORDER BY p.id
LIMIT $2::integer
