-- $1 at most so many. as_of, position, then id and score of living posts of living authors (or of
-- nobody) by score, time and id, filled up with the newest ones that have no score. At least one
-- row, with a null id where there are no posts. A post that is dated in the future is left out until
-- its time has come.
WITH scored AS MATERIALIZED (
  SELECT h.post_id AS id, h.score, h.created_at
  FROM hot_scores h
  CROSS JOIN LATERAL (
    SELECT FROM posts p
    WHERE p.id = h.post_id AND p.deleted_at IS NULL AND p.created_at <= clock_timestamp()
      AND (p.author_id IS NULL
           OR (SELECT u.deleted_at IS NULL FROM users u WHERE u.id = p.author_id))
    LIMIT 1
  ) living
  ORDER BY h.score DESC, h.created_at DESC, h.post_id DESC
  LIMIT $1::integer
),
-- The order of ids is that of times, but for posts of one moment: some more are read for those.
newest AS MATERIALIZED (
  SELECT p.id, 0::bigint AS score, p.created_at
  FROM posts p
  WHERE p.deleted_at IS NULL AND p.created_at <= clock_timestamp()
    AND (p.author_id IS NULL
         OR (SELECT u.deleted_at IS NULL FROM users u WHERE u.id = p.author_id))
    AND (SELECT h.score FROM hot_scores h WHERE h.post_id = p.id) IS NULL
  ORDER BY p.id DESC
  LIMIT (SELECT CASE WHEN count(*) < $1 THEN $1 - count(*) + 64 ELSE 0 END FROM scored)
),
ranked AS (
  SELECT * FROM scored UNION ALL SELECT * FROM newest
  ORDER BY score DESC, created_at DESC, id DESC
  LIMIT $1
)
SELECT feedctl_us(s.window_start + interval '24 hours'), s.position::text, r.id, r.score
FROM hot_state s LEFT JOIN ranked r ON true
ORDER BY r.score DESC, r.created_at DESC, r.id DESC
