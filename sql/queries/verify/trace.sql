-- $1 the post: what became of its fan-out, in one snapshot. rows: of followers that rows are kept
-- for; no row where there is no such post.
SELECT feedctl_us(p.created_at), p.deleted_at IS NULL, p.author_id,
       EXISTS (SELECT FROM waiting_events e WHERE e.name = 'work' AND e.type = 5 AND e.object = p.id),
       EXISTS (SELECT FROM feed_pull q WHERE q.author_id = p.author_id),
       p.id >= (SELECT floor FROM feed_floor),
       f.followers, f.active, f.rows
FROM posts p
CROSS JOIN LATERAL (
  SELECT count(*) AS followers, count(s.user_id) AS active,
         count(*) FILTER (WHERE s.user_id IS NOT NULL AND r.post_id IS NOT NULL) AS rows
  FROM follows w
  LEFT JOIN feed_state s ON s.user_id = w.follower_id AND s.state > 0
  LEFT JOIN user_feed r ON r.user_id = s.user_id AND r.post_id = $1::bigint
  WHERE w.followee_id = p.author_id
) f
WHERE p.id = $1
