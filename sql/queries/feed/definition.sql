-- $1 the user, $2 ids below this, $3 at most so many. The columns that posts::from_row reads, then
-- this statement's snapshot. One row with the snapshot alone where there is no post, also where $1 is
-- no active user. Hidden authors, and hidden and deleted posts, go before any limit.
WITH followed AS (
  SELECT followee_id AS id FROM follows WHERE follower_id = $1::bigint
  UNION ALL SELECT $1
),
-- The newest $3 posts can only be of the $3 authors whose newest posts are the newest: one index
-- probe for each followed author, and only those authors are read further, from that post on: hidden
-- posts before it are passed over once.
authors AS MATERIALIZED (
  SELECT f.id, f.newest
  FROM (
    SELECT f.id, n.id AS newest
    FROM followed f
    CROSS JOIN LATERAL (
      SELECT p.id FROM posts p
      WHERE p.author_id = f.id AND p.deleted_at IS NULL AND p.id < $2::bigint
        AND (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE
      ORDER BY p.id DESC LIMIT 1
    ) n
    WHERE EXISTS (SELECT FROM users WHERE id = $1 AND deleted_at IS NULL AND suspended_at IS NULL)
    ORDER BY n.id DESC
  ) f
  CROSS JOIN LATERAL (
    SELECT FROM users u WHERE u.id = f.id AND u.deleted_at IS NULL AND u.suspended_at IS NULL LIMIT 1
  ) living
  ORDER BY f.newest DESC
  LIMIT $3::integer
),
page AS MATERIALIZED (
  SELECT p.id, a.id AS author_id
  FROM authors a
  CROSS JOIN LATERAL (
    SELECT p.id FROM posts p
    WHERE p.author_id = a.id AND p.deleted_at IS NULL AND p.id <= a.newest
      AND (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE
    ORDER BY p.id DESC LIMIT $3
  ) p
  ORDER BY p.id DESC
  LIMIT $3
)
-- Everything else is one index probe a post, whatever the planner believes: LIMIT 1 and scalar
-- subqueries keep it from hashing whole tables.
SELECT page.id, page.author_id, u.handle, u.name, p.text,
       coalesce((SELECT l.like_count FROM post_likes l WHERE l.post_id = page.id), 0),
       coalesce((SELECT v.view_count FROM post_views v WHERE v.post_id = page.id), 0),
       coalesce((SELECT true FROM likes k WHERE k.user_id = $1 AND k.post_id = page.id), false),
       feedctl_us(p.created_at),
       CASE WHEN p.image_id IS NOT NULL
            THEN (SELECT m.summary FROM media m WHERE m.id = p.image_id) END,
       u.avatar_id,
       head.snapshot
FROM (SELECT pg_current_snapshot()::text AS snapshot) head
LEFT JOIN page ON true
LEFT JOIN LATERAL (SELECT text, created_at, image_id FROM posts WHERE id = page.id LIMIT 1) p ON true
LEFT JOIN LATERAL (SELECT handle, name, avatar_id FROM users WHERE id = page.author_id LIMIT 1) u ON true
ORDER BY page.id DESC
