-- $1 the user, $2 the post: everything that decides whether one is in the feed of the other, in one
-- snapshot. Then: living posts of the feed's definition above it, up to 10,000; handles; times of the
-- post, of the follow (where the server tracks commits or the log still has it) and of the last visit.
-- Last: whether the user and the author are suspended, and whether the post is hidden.
WITH u AS (SELECT id, handle, deleted_at IS NULL AS living, suspended_at IS NOT NULL AS suspended FROM users WHERE id = $1::bigint),
p AS (SELECT id, author_id, created_at, deleted_at IS NULL AS living FROM posts WHERE id = $2::bigint),
followed AS (
  SELECT coalesce(feedctl_committed_at(f.xmin),
                  (SELECT min(e.at) FROM events e
                   WHERE e.xid = feedctl_xid8(f.xmin) AND e.type = 3 AND e.actor = $1 AND e.object = f.followee_id)) AS at
  FROM follows f WHERE f.follower_id = $1 AND f.followee_id = (SELECT author_id FROM p)
),
state AS (SELECT state, generation, seen_at FROM feed_state WHERE user_id = $1),
waiting AS MATERIALIZED (SELECT type, actor, object FROM waiting_events WHERE name = 'work' AND type IN (3, 5))
SELECT (SELECT living FROM u),
       (SELECT living FROM p),
       (SELECT author_id FROM p),
       (SELECT deleted_at IS NULL FROM users WHERE id = (SELECT author_id FROM p)),
       EXISTS (SELECT FROM followed),
       EXISTS (SELECT FROM feed_pull WHERE author_id = (SELECT author_id FROM p)),
       $2 >= (SELECT floor FROM feed_floor),
       EXISTS (SELECT FROM feedctl_feed_parts() WHERE $2 >= from_id AND $2 < upto_id),
       (SELECT state FROM state),
       (SELECT generation FROM state),
       EXISTS (SELECT FROM user_feed WHERE user_id = $1 AND post_id = $2),
       EXISTS (SELECT FROM waiting WHERE type = 5 AND object = $2),
       EXISTS (SELECT FROM waiting WHERE type = 3 AND actor = $1 AND object = (SELECT author_id FROM p)),
       (SELECT string_agg(kind || ' (job ' || id || ')', E'\n' ORDER BY id) FROM jobs
        WHERE (kind = 'fan_out' AND subject = $2) OR (kind = 'activate' AND subject = $1)
           OR (kind = 'backfill' AND subject = $1 AND (payload->>'author')::bigint = (SELECT author_id FROM p))
           OR (kind = 'event' AND ((payload->>'object')::bigint = $2
               OR ((payload->>'actor')::bigint = $1 AND (payload->>'object')::bigint = (SELECT author_id FROM p))))),
       (SELECT string_agg(kind || ' (dead letter ' || id || ')', E'\n' ORDER BY id) FROM dead_events
        WHERE (kind = 'fan_out' AND subject = $2) OR (kind = 'activate' AND subject = $1)
           OR (kind = 'backfill' AND subject = $1 AND (payload->>'author')::bigint = (SELECT author_id FROM p))
           OR (kind = 'event' AND ((payload->>'object')::bigint = $2
               OR ((payload->>'actor')::bigint = $1 AND (payload->>'object')::bigint = (SELECT author_id FROM p))))),
       (SELECT count(*) FROM (
          SELECT FROM (SELECT followee_id AS id FROM follows WHERE follower_id = $1 UNION ALL SELECT $1) f
          JOIN users a ON a.id = f.id AND a.deleted_at IS NULL AND a.suspended_at IS NULL
          CROSS JOIN LATERAL (
            SELECT n.id FROM posts n WHERE n.author_id = f.id AND n.deleted_at IS NULL AND n.id > $2
              AND (SELECT true FROM hidden_posts h WHERE h.post_id = n.id) IS NOT TRUE
            ORDER BY n.id DESC LIMIT 10000) n
          LIMIT 10000) newer),
       (SELECT handle FROM u),
       (SELECT handle FROM users WHERE id = (SELECT author_id FROM p)),
       (SELECT feedctl_us(created_at) FROM p),
       (SELECT feedctl_us(at) FROM followed),
       (SELECT feedctl_us(seen_at) FROM state),
       (SELECT suspended FROM u),
       (SELECT suspended_at IS NOT NULL FROM users WHERE id = (SELECT author_id FROM p)),
       EXISTS (SELECT FROM hidden_posts WHERE post_id = $2)
