-- Counts views: $1 posts, $2 users, $3 days since 1970, in the order (post, user, day). Each view is added
-- once, whatever is flushed again. One event, ViewsFlushed (13), tells readers the new counts.
-- A view of a day that is folded, or being folded, is not taken: the row that told whether it was counted may
-- be gone. Neither is one of a day that has no partition and gets none (feedctl_make_view_parts()): one far
-- ahead, of which Redis was told a wrong time, or over 60 days old. The views behind it must not wait. How many
-- were new, how many were of such days, the posts with new views.
WITH asked AS MATERIALIZED (
  SELECT post_id, user_id, date '1970-01-01' + day AS day
  FROM unnest($1::bigint[], $2::bigint[], $3::integer[]) AS a (post_id, user_id, day)
),
days AS MATERIALIZED (
  SELECT greatest(f.upto, (now() AT TIME ZONE 'UTC')::date - 60) AS first,
         (now() AT TIME ZONE 'UTC')::date + 2 AS last
  FROM view_fold f FOR SHARE
),
parts AS MATERIALIZED (SELECT p.from_day, p.upto_day FROM feedctl_view_parts() p),
taken AS MATERIALIZED (
  SELECT a.* FROM asked a, days d
  WHERE a.day >= d.first
    AND (a.day <= d.last OR EXISTS (SELECT FROM parts p WHERE a.day >= p.from_day AND a.day < p.upto_day))
),
seen AS (
  INSERT INTO post_view_seen (post_id, user_id, day)
  SELECT post_id, user_id, day FROM taken
  ON CONFLICT DO NOTHING
  RETURNING post_id
),
sums AS MATERIALIZED (SELECT post_id, count(*) AS n FROM seen GROUP BY post_id ORDER BY post_id),
counters AS (
  INSERT INTO post_views AS v (post_id, view_count) SELECT post_id, n FROM sums ORDER BY post_id
  ON CONFLICT (post_id) DO UPDATE SET view_count = v.view_count + excluded.view_count
),
event AS (
  INSERT INTO events (type, shard, actor, object, view_deltas)
  SELECT 13, 0, 0, count(*) / 2, array_agg(d.value ORDER BY s.post_id, d.place)
  FROM sums s CROSS JOIN LATERAL (VALUES (1, s.post_id), (2, s.n)) AS d (place, value)
  HAVING count(*) > 0
)
SELECT coalesce((SELECT sum(n) FROM sums), 0)::bigint,
       (SELECT count(*) FROM asked) - (SELECT count(*) FROM taken),
       coalesce((SELECT array_agg(post_id ORDER BY post_id) FROM sums), '{}')
