-- Moves the scores, the position and the window by what is new, in one snapshot: the log's likes and
-- unlikes that `position` did not see, and the likes that leave the window. A like that is new and
-- leaves at once counts +1 and -1. Likes of a deleted post go without events: it has no counter any
-- more and is left out, and PostDeleted (6) takes its score away. No row: another one was here.
WITH st AS MATERIALIZED (
  SELECT ver, position, window_start,
         greatest(window_start, now() - interval '24 hours') AS new_start
  FROM hot_state
),
news AS MATERIALIZED (
  SELECT type, object, liked_at FROM events
  WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(position) FROM st)) AND type IN (1, 2, 6)
  UNION ALL
  SELECT type, object, liked_at FROM events
  WHERE xid >= (SELECT pg_snapshot_xmax(position) FROM st) AND type IN (1, 2, 6)
),
changes AS (
  SELECT object AS post_id, CASE type WHEN 1 THEN 1 ELSE -1 END AS n
  FROM news WHERE type IN (1, 2) AND liked_at > (SELECT window_start FROM st)
  UNION ALL
  SELECT post_id, -1 FROM likes
  WHERE created_at > (SELECT window_start FROM st) AND created_at <= (SELECT new_start FROM st)
),
sums AS MATERIALIZED (
  SELECT post_id, sum(n)::bigint AS n FROM changes GROUP BY post_id HAVING sum(n) <> 0
),
scores AS MATERIALIZED (
  SELECT s.post_id, p.created_at,
         s.n + coalesce((SELECT h.score FROM hot_scores h WHERE h.post_id = s.post_id), 0) AS score
  FROM sums s
  CROSS JOIN LATERAL (SELECT FROM post_likes l WHERE l.post_id = s.post_id LIMIT 1) living
  CROSS JOIN LATERAL (SELECT created_at FROM posts WHERE id = s.post_id LIMIT 1) p
),
kept AS (
  INSERT INTO hot_scores AS h (post_id, score, created_at)
  SELECT post_id, score, created_at FROM scores WHERE score > 0
  ON CONFLICT (post_id) DO UPDATE SET score = excluded.score
),
gone AS (
  DELETE FROM hot_scores WHERE post_id = ANY (ARRAY(
    SELECT post_id FROM scores WHERE score <= 0 UNION SELECT object FROM news WHERE type = 6))
)
UPDATE hot_state s
SET ver = s.ver + 1, position = pg_current_snapshot(), window_start = st.new_start
FROM st WHERE s.ver = st.ver
RETURNING s.ver
