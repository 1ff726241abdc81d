-- $1 users, $2 the oldest post id wanted: how many rows rebuild_rows would add.
WITH bounds AS MATERIALIZED (
  SELECT greatest((SELECT floor FROM feed_floor), $2::bigint) AS lowest,
         (SELECT range_agg(int8range(from_id, upto_id)) FROM feedctl_feed_parts()) AS parts
)
SELECT count(*)
FROM unnest($1::bigint[]) AS u(id)
CROSS JOIN LATERAL (
  SELECT w.followee_id FROM follows w
  WHERE w.follower_id = u.id
    AND (SELECT a.deleted_at IS NULL FROM users a WHERE a.id = w.followee_id)
    AND NOT EXISTS (SELECT FROM feed_pull q WHERE q.author_id = w.followee_id)
  OFFSET 0
) w
CROSS JOIN LATERAL (
  SELECT p.id FROM posts p
  WHERE p.author_id = w.followee_id AND p.deleted_at IS NULL AND p.id >= (SELECT lowest FROM bounds)
  OFFSET 0
) p
WHERE p.id <@ (SELECT parts FROM bounds)
  AND NOT EXISTS (SELECT FROM user_feed f WHERE f.user_id = u.id AND f.post_id = p.id)
