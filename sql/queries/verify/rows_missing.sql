-- $1 users: user, post and author of the rows that are not there, and that neither a waiting event
-- nor an open job will still bring.
WITH bounds AS MATERIALIZED (
  SELECT (SELECT floor FROM feed_floor) AS lowest,
         (SELECT range_agg(int8range(from_id, upto_id)) FROM feedctl_feed_parts()) AS parts
),
missing AS MATERIALIZED (
  SELECT s.user_id, p.id AS post_id, w.followee_id AS author_id
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
    AND (SELECT true FROM user_feed f WHERE f.user_id = s.user_id AND f.post_id = p.id) IS NULL
),
waiting AS MATERIALIZED (
  SELECT type, actor, object FROM waiting_events WHERE name = 'work' AND type IN (3, 5)
  UNION ALL
  SELECT (payload->>'type')::smallint, (payload->>'actor')::bigint, (payload->>'object')::bigint
  FROM jobs WHERE kind = 'event'
)
SELECT m.user_id, m.post_id, m.author_id
FROM missing m
WHERE NOT EXISTS (SELECT FROM waiting e WHERE e.type = 5 AND e.object = m.post_id)
  AND NOT EXISTS (SELECT FROM waiting e WHERE e.type = 3 AND e.actor = m.user_id AND e.object = m.author_id)
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.subject = m.post_id AND j.kind = 'fan_out')
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.subject = m.user_id AND j.kind = 'activate')
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.subject = m.user_id AND j.kind = 'backfill'
                    AND (j.payload->>'author')::bigint = m.author_id)
ORDER BY m.user_id, m.post_id
