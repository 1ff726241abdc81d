-- $1 posts of a ranking in its order, $2 their scores, $3 its as_of, $4 its position, $5 at most so
-- many. Those that are wrong: post, score (null where it is missing), likes of its window that the
-- position saw, whether there ever was such a post, its place where one after it ranks higher. Posts
-- that are gone by now, those shown again since and those of authors reinstated since, are not compared;
-- nothing is where the log no longer holds what came since.
WITH given AS MATERIALIZED (
  SELECT g.id, g.score, g.n, p.created_at, p.id IS NOT NULL AS made,
         EXISTS (SELECT FROM post_likes l WHERE l.post_id = g.id) AS living
  FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS g(id, score, n)
  LEFT JOIN posts p ON p.id = g.id
),
whole AS MATERIALIZED (
  SELECT pg_snapshot_xmin($4::pg_snapshot)
         >= (SELECT floor FROM log_state) AS log
),
news AS MATERIALIZED (
  SELECT type, object, liked_at FROM events
  WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($4::pg_snapshot))) AND type IN (1, 2, 15, 17)
  UNION ALL
  SELECT type, object, liked_at FROM events
  WHERE xid >= pg_snapshot_xmax($4::pg_snapshot) AND type IN (1, 2, 15, 17)
),
truth AS MATERIALIZED (
  SELECT c.post_id, sum(c.n)::bigint AS score
  FROM (
    SELECT post_id, count(*) AS n FROM likes
    WHERE created_at > $3::timestamptz - interval '24 hours' GROUP BY post_id
    UNION ALL
    SELECT object, CASE type WHEN 1 THEN -1 ELSE 1 END FROM news
    WHERE type IN (1, 2) AND liked_at > $3::timestamptz - interval '24 hours'
  ) c
  GROUP BY c.post_id
),
missing AS (
  SELECT t.post_id, t.score
  FROM truth t
  JOIN posts p ON p.id = t.post_id AND p.deleted_at IS NULL AND p.created_at <= $3::timestamptz
  WHERE t.score > 0 AND t.post_id <> ALL ($1)
    AND (p.author_id IS NULL OR EXISTS (SELECT FROM users u WHERE u.id = p.author_id AND u.deleted_at IS NULL AND u.suspended_at IS NULL))
    AND NOT EXISTS (SELECT FROM news e WHERE e.type = 15 AND e.object = p.author_id)
    AND (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE
    AND NOT EXISTS (SELECT FROM news e WHERE e.type = 17 AND e.object = p.id)
    AND t.score > coalesce((SELECT g.score FROM given g ORDER BY g.n DESC LIMIT 1), 0)
)
SELECT w.id, w.score, w.expected, w.made, w.place
FROM (
  SELECT g.id, g.score, coalesce(t.score, 0) AS expected, g.made, NULL::bigint AS place
  FROM given g LEFT JOIN truth t ON t.post_id = g.id
  WHERE NOT g.made OR (g.living AND g.score <> coalesce(t.score, 0))
  UNION ALL
  SELECT post_id, NULL, score, true, NULL FROM missing
  UNION ALL
  SELECT o.id, o.score, NULL, true, o.n
  FROM (
    SELECT g.id, g.score, g.n, g.created_at,
           lead(g.score) OVER w AS next_score, lead(g.created_at) OVER w AS next_at,
           lead(g.id) OVER w AS next_id
    FROM given g WINDOW w AS (ORDER BY g.n)
  ) o
  WHERE (o.next_score, o.next_at, o.next_id) >= (o.score, o.created_at, o.id)
) w
WHERE (SELECT log FROM whole)
LIMIT $5::bigint
