-- Counts views of today at once, where no Redis takes them: $1 posts, $2 users, each pair once, in the order
-- (post, user). As views/apply, but a post that is gone, which serve may not know yet, gets no counter. A row
-- a view: its place, whether it was new, the post's count.
WITH asked AS MATERIALIZED (
  SELECT n, post_id, user_id FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS a (post_id, user_id, n)
),
seen AS (
  INSERT INTO post_view_seen (post_id, user_id, day)
  SELECT a.post_id, a.user_id, (now() AT TIME ZONE 'UTC')::date FROM asked a
  WHERE EXISTS (SELECT FROM posts p WHERE p.id = a.post_id AND p.deleted_at IS NULL)
  ORDER BY a.n
  ON CONFLICT DO NOTHING
  RETURNING post_id, user_id
),
sums AS MATERIALIZED (SELECT post_id, count(*) AS n FROM seen GROUP BY post_id ORDER BY post_id),
counters AS (
  INSERT INTO post_views AS v (post_id, view_count) SELECT post_id, n FROM sums ORDER BY post_id
  ON CONFLICT (post_id) DO UPDATE SET view_count = v.view_count + excluded.view_count
  RETURNING post_id, view_count
),
event AS (
  INSERT INTO events (type, shard, actor, object, view_deltas)
  SELECT 13, 0, 0, count(*) / 2, array_agg(d.value ORDER BY s.post_id, d.place)
  FROM sums s CROSS JOIN LATERAL (VALUES (1, s.post_id), (2, s.n)) AS d (place, value)
  HAVING count(*) > 0
)
SELECT a.n, s.post_id IS NOT NULL,
       coalesce(c.view_count, (SELECT v.view_count FROM post_views v WHERE v.post_id = a.post_id), 0)
FROM asked a
LEFT JOIN seen s USING (post_id, user_id)
LEFT JOIN counters c USING (post_id)
ORDER BY a.n
