-- $1 the user, $2 at most so many, $3 rows for a list (0: none). The newest posts by the read model:
-- the columns that posts::from_row reads, then this statement's snapshot, whether rows are kept for
-- $1, whether they were enough for $2 posts, whether they were read down to the feed floor, whether
-- no post lies below it, the feed floor, the generation, and in the first row alone the list: the
-- posts and the authors of up to $3 rows. One row of nulls in the first columns where there is no
-- post.
WITH RECURSIVE head AS MATERIALIZED (
  SELECT pg_current_snapshot()::text AS snapshot, f.floor, s.generation,
         coalesce(s.state = 2, false)
           AND coalesce((SELECT u.deleted_at IS NULL AND u.suspended_at IS NULL FROM users u WHERE u.id = $1),
                        false) AS active,
         coalesce((SELECT p.id FROM posts p ORDER BY p.id LIMIT 1) >= f.floor, true) AS nothing_below
  FROM (SELECT floor FROM feed_floor LIMIT 1) f
  LEFT JOIN LATERAL (
    SELECT state, generation FROM feed_state WHERE user_id = $1::bigint LIMIT 1
  ) s ON true
),
-- From row to row by the key, for only as long as the page needs rows: no estimate can make that a
-- scan of all. Who unfollowed much is not looked through to the end.
walk AS (
  SELECT 0 AS n, 9223372036854775807::bigint AS id, 0::bigint AS author_id
  WHERE (SELECT active FROM head)
  UNION ALL
  SELECT w.n + 1, r.post_id, r.author_id
  FROM walk w
  CROSS JOIN LATERAL (
    SELECT post_id, author_id FROM user_feed
    WHERE user_id = $1 AND post_id < w.id AND post_id >= (SELECT floor FROM head)
    ORDER BY post_id DESC LIMIT 1
  ) r
  WHERE w.n < 1000
),
-- The list keeps hidden posts and those of suspended authors, which its readers filter: so nothing
-- that comes back needs to invalidate a list.
kept AS MATERIALIZED (
  SELECT w.id, w.author_id, a.shown
  FROM walk w
  CROSS JOIN LATERAL (
    SELECT u.suspended_at IS NULL AND (SELECT true FROM hidden_posts h WHERE h.post_id = w.id) IS NOT TRUE AS shown
    FROM users u
    WHERE u.id = w.author_id AND u.deleted_at IS NULL LIMIT 1
  ) a
  WHERE w.n > 0
    AND (SELECT true FROM follows f WHERE f.follower_id = $1 AND f.followee_id = w.author_id)
    AND (SELECT p.deleted_at IS NULL FROM posts p WHERE p.id = w.id)
    AND (a.shown OR $3::integer > 0)
  LIMIT greatest($2::integer, $3::integer)
),
-- Whose posts are in no rows: one's own, and those of authors with too many followers.
merged AS MATERIALIZED (
  SELECT $1 AS id WHERE (SELECT active FROM head)
  UNION ALL
  SELECT x.author_id FROM feed_pull x
  WHERE (SELECT active FROM head)
    AND (SELECT true FROM follows f WHERE f.follower_id = $1 AND f.followee_id = x.author_id)
    AND (SELECT u.deleted_at IS NULL AND u.suspended_at IS NULL FROM users u WHERE u.id = x.author_id)
),
page AS MATERIALIZED (
  SELECT id, author_id FROM kept WHERE shown
  UNION
  SELECT p.id, m.id
  FROM merged m
  CROSS JOIN LATERAL (
    SELECT p.id FROM posts p
    WHERE p.author_id = m.id AND p.deleted_at IS NULL AND p.id >= (SELECT floor FROM head)
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
       head.snapshot, head.active, (SELECT count(*) FROM kept WHERE shown) >= $2,
       CASE WHEN (SELECT count(*) FROM kept) < greatest($2, $3)
            THEN (SELECT true FROM walk WHERE n = 1000) IS NULL
            ELSE (SELECT count(*) FROM kept WHERE shown) >= $2 END,
       head.nothing_below, head.floor, head.generation,
       CASE WHEN page.id IS NOT DISTINCT FROM (SELECT max(id) FROM page) THEN
         (SELECT string_agg(k.id || ' ' || k.author_id, ',' ORDER BY k.id DESC)
          FROM (SELECT id, author_id FROM kept LIMIT $3) k) END
FROM head
LEFT JOIN page ON true
LEFT JOIN LATERAL (SELECT text, created_at, image_id FROM posts WHERE id = page.id LIMIT 1) p ON true
LEFT JOIN LATERAL (SELECT handle, name, avatar_id FROM users WHERE id = page.author_id LIMIT 1) u ON true
ORDER BY page.id DESC
