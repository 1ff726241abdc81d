-- The scores from the likes themselves, in one snapshot that becomes the position. The window goes back
-- only where a clock that was ahead has moved it, not by what a clock is put right every day.
WITH st AS MATERIALIZED (
  SELECT ver, CASE WHEN window_start > now() - interval '23 hours 59 minutes' THEN now() - interval '24 hours'
                   ELSE greatest(window_start, now() - interval '24 hours') END AS new_start
  FROM hot_state
),
counts AS MATERIALIZED (
  SELECT post_id, count(*) AS n FROM likes
  WHERE created_at > (SELECT new_start FROM st)
  GROUP BY post_id
),
scores AS MATERIALIZED (
  SELECT c.post_id, c.n, p.created_at
  FROM counts c
  CROSS JOIN LATERAL (SELECT FROM post_likes l WHERE l.post_id = c.post_id LIMIT 1) living
  CROSS JOIN LATERAL (SELECT created_at FROM posts WHERE id = c.post_id LIMIT 1) p
),
kept AS (
  INSERT INTO hot_scores AS h (post_id, score, created_at)
  SELECT post_id, n, created_at FROM scores
  ON CONFLICT (post_id) DO UPDATE SET score = excluded.score WHERE h.score <> excluded.score
),
gone AS (
  DELETE FROM hot_scores WHERE post_id NOT IN (SELECT post_id FROM scores)
)
UPDATE hot_state s
SET ver = s.ver + 1, position = pg_current_snapshot(), window_start = st.new_start
FROM st WHERE s.ver = st.ver
RETURNING s.ver
