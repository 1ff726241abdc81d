-- $1 users: how many rows the read model promises them, and how many of these are not there.
WITH bounds AS MATERIALIZED (
  SELECT (SELECT floor FROM feed_floor) AS lowest,
         (SELECT range_agg(int8range(from_id, upto_id)) FROM feedctl_feed_parts()) AS parts
)
SELECT count(*), count(*) FILTER (
         -- A probe for each: as a join it may compare each post with all rows of the user.
         WHERE (SELECT true FROM user_feed f WHERE f.user_id = s.user_id AND f.post_id = p.id) IS NULL)
FROM feed_state s
JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL
CROSS JOIN LATERAL (
  SELECT w.followee_id FROM follows w
  WHERE w.follower_id = s.user_id
    AND (SELECT a.deleted_at IS NULL FROM users a WHERE a.id = w.followee_id)
    AND NOT EXISTS (SELECT FROM feed_pull q WHERE q.author_id = w.followee_id)
  OFFSET 0
) w
CROSS JOIN LATERAL (
  SELECT p.id FROM posts p
  WHERE p.author_id = w.followee_id AND p.deleted_at IS NULL AND p.id >= (SELECT lowest FROM bounds)
  OFFSET 0
) p
WHERE s.user_id = ANY ($1::bigint[]) AND s.state = 2 AND p.id <@ (SELECT parts FROM bounds)
