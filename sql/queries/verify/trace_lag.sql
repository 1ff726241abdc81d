-- $1 the post: how long its rows took, by the times at which transactions committed. From the post's
-- commit, or the reader's follow where that came later, to the row's commit. Rows that share their
-- transaction with a much older post of the author came by a backfill or an activation and are left
-- out. Whether commits are tracked, whether the post's event is in the log; microseconds (median,
-- 99 of 100, longest), rows measured, the transactions they came by, and rows left out.
WITH post AS MATERIALIZED (
  SELECT p.id, p.author_id, feedctl_xid8(p.xmin) AS xid, feedctl_committed_at(p.xmin) AS at
  FROM posts p WHERE p.id = $1::bigint
),
event AS MATERIALIZED (
  SELECT e.at FROM post p JOIN events e ON e.xid = p.xid AND e.type = 5 AND e.object = p.id
),
older AS MATERIALIZED (
  SELECT min(o.id) AS id FROM post p JOIN posts o ON o.author_id = p.author_id
  WHERE o.deleted_at IS NULL AND o.id >= (SELECT floor FROM feed_floor) AND o.id < p.id - (3600000::bigint << 12)
),
written AS MATERIALIZED (
  SELECT r.xmin AS xid, feedctl_committed_at(r.xmin) AS at, feedctl_committed_at(w.xmin) AS followed_at,
         (SELECT q.xmin FROM user_feed q WHERE q.user_id = r.user_id AND q.post_id = (SELECT id FROM older)) = r.xmin
           AS backfilled
  FROM post p
  JOIN follows w ON w.followee_id = p.author_id
  JOIN user_feed r ON r.user_id = w.follower_id AND r.post_id = p.id
  WHERE EXISTS (SELECT FROM event)
),
measured AS MATERIALIZED (
  SELECT xid, greatest(at - greatest((SELECT coalesce(p.at, e.at) FROM post p, event e),
                                     CASE WHEN followed_at <= at THEN followed_at END), interval '0') AS lag
  FROM written WHERE at IS NOT NULL AND backfilled IS NOT TRUE
)
SELECT current_setting('track_commit_timestamp') = 'on', EXISTS (SELECT FROM event),
       (extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY lag)) * 1000000)::bigint,
       (extract(epoch FROM percentile_disc(0.99) WITHIN GROUP (ORDER BY lag)) * 1000000)::bigint,
       (extract(epoch FROM max(lag)) * 1000000)::bigint,
       count(*), count(DISTINCT xid::text),
       (SELECT count(*) FROM written WHERE backfilled)
FROM measured
