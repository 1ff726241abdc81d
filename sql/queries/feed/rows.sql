-- $1 the user, $2 at most so many. The newest posts by the read model: the columns that
-- posts::from_row reads, then this statement's snapshot, whether rows are kept for $1, whether they
-- were enough for $2 posts, whether they were looked through to the floor, whether no post lies below
-- the floor. One row of nulls in the first columns where there is no post.
WITH head AS MATERIALIZED (
  SELECT pg_current_snapshot()::text AS snapshot, f.floor,
         coalesce((SELECT s.state = 2 FROM feed_state s WHERE s.user_id = $1::bigint), false)
           AND coalesce((SELECT u.deleted_at IS NULL FROM users u WHERE u.id = $1), false) AS active,
         (SELECT true FROM posts p WHERE p.id < f.floor LIMIT 1) IS NULL AS nothing_below
  FROM feed_floor f
),
-- Read newest first, part by part, only until enough are left. Scalar subqueries: an index probe a
-- row, whatever the planner believes. Who unfollowed much is not looked through to the end.
kept AS MATERIALIZED (
  SELECT r.post_id AS id, r.author_id
  FROM (
    SELECT post_id, author_id FROM user_feed
    WHERE user_id = $1 AND post_id >= (SELECT floor FROM head) AND (SELECT active FROM head)
    ORDER BY post_id DESC LIMIT 5000
  ) r
  WHERE (SELECT true FROM follows f WHERE f.follower_id = $1 AND f.followee_id = r.author_id)
    AND (SELECT p.deleted_at IS NULL FROM posts p WHERE p.id = r.post_id)
    AND (SELECT u.deleted_at IS NULL FROM users u WHERE u.id = r.author_id)
  ORDER BY r.post_id DESC
  LIMIT $2::integer
),
-- Whose posts are in no rows: one's own, and those of authors with too many followers.
merged AS MATERIALIZED (
  SELECT $1 AS id WHERE (SELECT active FROM head)
  UNION ALL
  SELECT x.author_id FROM feed_pull x
  WHERE (SELECT active FROM head)
    AND (SELECT true FROM follows f WHERE f.follower_id = $1 AND f.followee_id = x.author_id)
    AND (SELECT u.deleted_at IS NULL FROM users u WHERE u.id = x.author_id)
),
page AS MATERIALIZED (
  SELECT id, author_id FROM kept
  UNION
  SELECT p.id, m.id
  FROM merged m
  CROSS JOIN LATERAL (
    SELECT id FROM posts
    WHERE author_id = m.id AND deleted_at IS NULL AND id >= (SELECT floor FROM head)
    ORDER BY id DESC LIMIT $2
  ) p
  ORDER BY id DESC
  LIMIT $2
)
SELECT page.id, page.author_id, u.handle, u.name, p.text,
       coalesce((SELECT l.like_count FROM post_likes l WHERE l.post_id = page.id), 0),
       coalesce((SELECT v.view_count FROM post_views v WHERE v.post_id = page.id), 0),
       coalesce((SELECT true FROM likes k WHERE k.user_id = $1 AND k.post_id = page.id), false),
       feedctl_us(p.created_at),
       head.snapshot, head.active, (SELECT count(*) FROM kept) >= $2,
       CASE WHEN (SELECT count(*) FROM kept) < $2 AND head.active THEN (
         SELECT true FROM user_feed WHERE user_id = $1 AND post_id >= head.floor
         ORDER BY post_id DESC OFFSET 5000 LIMIT 1
       ) IS NULL ELSE true END,
       head.nothing_below
FROM head
LEFT JOIN page ON true
LEFT JOIN LATERAL (SELECT text, created_at FROM posts WHERE id = page.id LIMIT 1) p ON true
LEFT JOIN LATERAL (SELECT handle, name FROM users WHERE id = page.author_id LIMIT 1) u ON true
ORDER BY page.id DESC
