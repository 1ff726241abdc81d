-- $1 posts whose views were just counted. Deletes the counters of those that are gone: a delete that
-- committed meanwhile could not see them. The posts. The planner must not know how many $1 are: it would read
-- all posts for some thousand of them.
DELETE FROM post_views v
WHERE v.post_id = ANY ((SELECT $1::bigint[])::bigint[])
  AND NOT EXISTS (SELECT FROM posts p WHERE p.id = v.post_id AND p.deleted_at IS NULL)
RETURNING v.post_id
