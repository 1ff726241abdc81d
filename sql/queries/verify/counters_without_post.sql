-- $1 posts with a counter: those that are no living posts.
SELECT o.id FROM unnest($1::bigint[]) AS o(id)
WHERE NOT EXISTS (SELECT FROM posts p WHERE p.id = o.id AND p.deleted_at IS NULL)
ORDER BY o.id
