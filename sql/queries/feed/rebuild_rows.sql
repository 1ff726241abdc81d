-- $1 users, $2 the oldest post id wanted. Adds the rows that the read model promises and that are
-- missing, in key order. Posts below the feed floor, or without a partition to stand in, are left out.
WITH bounds AS MATERIALIZED (
  SELECT greatest((SELECT floor FROM feed_floor), $2::bigint) AS lowest,
         (SELECT range_agg(int8range(from_id, upto_id)) FROM feedctl_feed_parts()) AS parts
)
INSERT INTO user_feed (user_id, post_id, author_id)
SELECT u.id, p.id, w.followee_id
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
ORDER BY u.id, p.id
ON CONFLICT DO NOTHING
