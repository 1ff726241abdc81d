-- $1 the post, $2 its likes in the snapshot $3; what the log brought since is added under the lock.
UPDATE post_likes
SET like_count = $2::bigint + (
  SELECT coalesce(sum(CASE type WHEN 1 THEN 1 ELSE -1 END), 0) FROM (
    SELECT type, object FROM events WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip($3::pg_snapshot)))
    UNION ALL
    SELECT type, object FROM events WHERE xid >= pg_snapshot_xmax($3::pg_snapshot)
  ) since WHERE object = $1::bigint AND type IN (1, 2))
WHERE post_id = $1
