-- One row: as_of, position, and the ids and scores of the best thousand shown posts of shown authors
-- (or of nobody) by score, time and id, filled up with the newest ones that have no score; a CTE's
-- rows come in its order. A post that is dated in the future is left out until its time has come.
-- The number stands here, as a statement without parameters is planned once. Of authors and posts it
-- asks whether they are among the few that are hidden, which small indexes answer.
WITH scored AS MATERIALIZED (
  SELECT h.post_id AS id, h.score, h.created_at
  FROM hot_scores h
  CROSS JOIN LATERAL (
    SELECT FROM posts p
    WHERE p.id = h.post_id AND p.deleted_at IS NULL AND p.created_at <= clock_timestamp()
      AND (SELECT true FROM users u WHERE u.id = p.author_id
           AND (u.deleted_at IS NOT NULL OR u.suspended_at IS NOT NULL)) IS NULL
      AND (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE
    LIMIT 1
  ) living
  ORDER BY h.score DESC, h.created_at DESC, h.post_id DESC
  LIMIT 1000
),
-- The order of ids is that of times, but for posts of one moment: some more are read for those.
newest AS MATERIALIZED (
  SELECT p.id, 0::bigint AS score, p.created_at
  FROM posts p
  WHERE p.deleted_at IS NULL AND p.created_at <= clock_timestamp()
    AND (SELECT true FROM users u WHERE u.id = p.author_id
           AND (u.deleted_at IS NOT NULL OR u.suspended_at IS NOT NULL)) IS NULL
    AND (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE
    AND (SELECT h.score FROM hot_scores h WHERE h.post_id = p.id) IS NULL
  ORDER BY p.id DESC
  LIMIT (SELECT CASE WHEN count(*) < 1000 THEN 1000 - count(*) + 64 ELSE 0 END FROM scored)
),
ranked AS MATERIALIZED (
  SELECT id, score FROM (SELECT * FROM scored UNION ALL SELECT * FROM newest) posts
  ORDER BY score DESC, created_at DESC, id DESC
  LIMIT 1000
)
SELECT feedctl_us(s.window_start + interval '24 hours'), s.position::text,
       ARRAY(SELECT id FROM ranked)::text, ARRAY(SELECT score FROM ranked)::text
FROM hot_state s
