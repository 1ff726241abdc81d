-- $1 the user, $2 at most so many, $3 the posts and $4 the authors of a list of rows, newest first,
-- $5 the feed floor it was read to, $6 its generation, $7 it holds all rows above that floor. The
-- newest posts by that list: columns as in rows up to the feed floor, `active` for this generation
-- only. A list is only a hint where to look: follows, tombstones, hidden posts, own posts and posts
-- of fan-out-on-read authors are as they are now.
WITH head AS MATERIALIZED (
  SELECT pg_current_snapshot()::text AS snapshot,
         coalesce((SELECT s.state = 2 AND s.generation = $6::bigint
                   FROM feed_state s WHERE s.user_id = $1::bigint), false)
           AND coalesce((SELECT u.deleted_at IS NULL AND u.suspended_at IS NULL FROM users u WHERE u.id = $1), false) AS active,
         coalesce((SELECT p.id FROM posts p ORDER BY p.id LIMIT 1) >= $5::bigint, true)
           AS nothing_below
),
kept AS MATERIALIZED (
  SELECT l.id, l.author_id
  FROM unnest($3::bigint[], $4::bigint[]) AS l(id, author_id)
  WHERE (SELECT active FROM head)
    AND (SELECT true FROM follows f WHERE f.follower_id = $1 AND f.followee_id = l.author_id)
    AND (SELECT p.deleted_at IS NULL AND p.author_id = l.author_id FROM posts p WHERE p.id = l.id)
    AND (SELECT true FROM hidden_posts h WHERE h.post_id = l.id) IS NOT TRUE
    AND (SELECT u.deleted_at IS NULL AND u.suspended_at IS NULL FROM users u WHERE u.id = l.author_id)
  LIMIT $2::integer
),
merged AS MATERIALIZED (
  SELECT $1 AS id WHERE (SELECT active FROM head)
  UNION ALL
  SELECT x.author_id FROM feed_pull x
  WHERE (SELECT active FROM head)
    AND (SELECT true FROM follows f WHERE f.follower_id = $1 AND f.followee_id = x.author_id)
    AND (SELECT u.deleted_at IS NULL AND u.suspended_at IS NULL FROM users u WHERE u.id = x.author_id)
),
page AS MATERIALIZED (
  SELECT id, author_id FROM kept
  UNION
  SELECT p.id, m.id
  FROM merged m
  CROSS JOIN LATERAL (
    SELECT p.id FROM posts p
    WHERE p.author_id = m.id AND p.deleted_at IS NULL AND p.id >= $5
      AND (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE
    ORDER BY p.id DESC LIMIT $2
  ) p
  ORDER BY id DESC
  LIMIT $2
)
SELECT page.id, page.author_id, u.handle, u.name, p.text,
       coalesce((SELECT l.like_count FROM post_likes l WHERE l.post_id = page.id), 0),
       coalesce((SELECT v.view_count FROM post_views v WHERE v.post_id = page.id), 0),
       coalesce((SELECT true FROM likes k WHERE k.user_id = $1 AND k.post_id = page.id), false),
       feedctl_us(p.created_at),
       CASE WHEN p.image_id IS NOT NULL
            THEN (SELECT m.summary FROM media m WHERE m.id = p.image_id) END,
       u.avatar_id,
       head.snapshot, head.active, (SELECT count(*) FROM kept) >= $2, $7::boolean,
       head.nothing_below
FROM head
LEFT JOIN page ON true
LEFT JOIN LATERAL (SELECT text, created_at, image_id FROM posts WHERE id = page.id LIMIT 1) p ON true
LEFT JOIN LATERAL (SELECT handle, name, avatar_id FROM users WHERE id = page.author_id LIMIT 1) u ON true
ORDER BY page.id DESC
