-- $1 a post. A statement of its own behind the lock: its snapshot has every view that the lock waited for.
-- A count that was shown never shrinks: where it is too high its base is raised. Where it is too low it is
-- raised, and ViewsFlushed (13) tells the log by how much.
WITH wrong AS MATERIALIZED (
  SELECT v.post_id, v.view_count, v.base, s.n
  FROM post_views v
  CROSS JOIN LATERAL (SELECT count(*) AS n FROM post_view_seen WHERE post_id = v.post_id) s
  WHERE v.post_id = $1::bigint AND v.view_count <> v.base + s.n
),
mended AS (
  UPDATE post_views v
  SET view_count = greatest(w.view_count, w.base + w.n), base = greatest(w.base, w.view_count - w.n)
  FROM wrong w WHERE v.post_id = w.post_id
  RETURNING v.post_id, v.view_count - w.view_count AS delta
)
INSERT INTO events (type, shard, actor, object, view_deltas)
SELECT 13, 0, 0, 1, ARRAY[post_id, delta] FROM mended WHERE delta <> 0
