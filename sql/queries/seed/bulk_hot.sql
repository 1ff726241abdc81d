-- $1 the start of the window. What the aggregator would have made of these likes.
WITH scores AS (
  INSERT INTO hot_scores (post_id, score, created_at)
  SELECT l.post_id, l.n, p.created_at
  FROM (SELECT post_id, count(*) AS n FROM likes WHERE created_at > $1::timestamptz GROUP BY post_id) l
  JOIN posts p ON p.id = l.post_id AND p.deleted_at IS NULL
)
UPDATE hot_state SET ver = ver + 1, position = pg_current_snapshot(), window_start = $1::timestamptz
