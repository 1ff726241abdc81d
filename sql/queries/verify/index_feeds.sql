-- $1 users, $2 an id: of each living one the posts of their feed from that id on, newest first, and
-- the snapshot.
SELECT u.id, pg_current_snapshot()::text,
       coalesce((SELECT string_agg(p.id::text, ',' ORDER BY p.id DESC)
                 FROM (SELECT followee_id AS id FROM follows WHERE follower_id = u.id
                       UNION ALL SELECT u.id) f
                 JOIN users a ON a.id = f.id AND a.deleted_at IS NULL AND a.suspended_at IS NULL
                 JOIN posts p ON p.author_id = f.id AND p.deleted_at IS NULL AND p.id >= $2::bigint
                   AND (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE), '')
FROM unnest($1::bigint[]) AS asked(id)
JOIN users u ON u.id = asked.id AND u.deleted_at IS NULL AND u.suspended_at IS NULL
