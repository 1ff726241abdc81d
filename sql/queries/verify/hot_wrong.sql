-- Posts compared, posts that differ, whether the log still holds what hot has not counted; and a
-- thousand that differ: post, score with the log's news, likes of hot's window. All of one
-- snapshot. A score of no living post is wrong unless the news of its delete waits. Last: by how many
-- seconds hot's window begins later than 24 hours ago, over a minute of which is wrong, so that the
-- likes are then those of the last 24 hours.
WITH st AS MATERIALIZED (
  SELECT position, window_start, greatest(extract(epoch FROM window_start + interval '24 hours' - now()), 0)::bigint AS ahead
  FROM hot_state
),
true_window AS MATERIALIZED (
  SELECT CASE WHEN ahead > 60 THEN now() - interval '24 hours' ELSE window_start END AS start FROM st
),
news AS MATERIALIZED (
  SELECT type, object, liked_at FROM events
  WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(position) FROM st)) AND type IN (1, 2, 6)
  UNION ALL
  SELECT type, object, liked_at FROM events
  WHERE xid >= (SELECT pg_snapshot_xmax(position) FROM st) AND type IN (1, 2, 6)
),
claimed AS (
  SELECT post_id, sum(n) AS n FROM (
    SELECT post_id, score AS n FROM hot_scores
    UNION ALL
    SELECT object, CASE type WHEN 1 THEN 1 ELSE -1 END FROM news
    WHERE type IN (1, 2) AND liked_at > (SELECT window_start FROM st)
  ) c GROUP BY post_id
),
truth AS (
  SELECT post_id, count(*) AS n FROM likes WHERE created_at > (SELECT start FROM true_window) GROUP BY post_id
),
compared AS MATERIALIZED (
  SELECT post_id, coalesce(c.n, 0)::bigint AS found,
         CASE WHEN EXISTS (SELECT FROM post_likes l WHERE l.post_id = b.post_id) THEN coalesce(t.n, 0) ELSE 0 END AS expected,
         EXISTS (SELECT FROM post_likes l WHERE l.post_id = b.post_id) AS living,
         EXISTS (SELECT FROM hot_scores h WHERE h.post_id = b.post_id) AS scored
  FROM (SELECT post_id FROM claimed UNION SELECT post_id FROM truth) b
  LEFT JOIN claimed c USING (post_id) LEFT JOIN truth t USING (post_id)
),
wrong AS MATERIALIZED (
  SELECT post_id, found, expected FROM compared
  WHERE CASE WHEN living THEN found <> expected
             ELSE scored AND post_id NOT IN (SELECT object FROM news WHERE type = 6) END
)
SELECT (SELECT count(*) FROM compared), (SELECT count(*) FROM wrong),
       (SELECT pg_snapshot_xmin(position) >= (SELECT floor FROM log_state) FROM st),
       w.post_id, w.found, w.expected, (SELECT ahead FROM st)
FROM (SELECT) one LEFT JOIN (SELECT * FROM wrong ORDER BY post_id LIMIT 1000) w ON true
ORDER BY w.post_id
