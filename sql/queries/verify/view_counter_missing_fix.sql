-- $1 a post, locked. The counter, and ViewsFlushed (13).
WITH made AS (
  INSERT INTO post_views (post_id, view_count)
  SELECT p.id, (SELECT count(*) FROM post_view_seen s WHERE s.post_id = p.id)
  FROM posts p WHERE p.id = $1::bigint AND p.deleted_at IS NULL
  ON CONFLICT DO NOTHING
  RETURNING post_id, view_count
)
INSERT INTO events (type, shard, actor, object, view_deltas)
SELECT 13, 0, 0, 1, ARRAY[post_id, view_count] FROM made WHERE view_count <> 0
