-- $1 the post, $2 followers above this id, $3 at most so many. The followers of the next chunk: how
-- many, the last of them, their author, and whether one pass over all users that rows are kept for
-- costs less than a look for each follower, as far as statistics know. No row where the post is in no
-- rows. For the rest of the transaction joins are merges in key order, whatever the planner believes.
SELECT due.followers, due.last, p.author_id,
       s.followers * 8 > c.reltuples AND c.reltuples > 0,
       set_config('enable_nestloop', 'off', true), set_config('enable_hashjoin', 'off', true),
       set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)
FROM posts p
JOIN user_stats s ON s.user_id = p.author_id
JOIN pg_class c ON c.oid = 'feed_state'::regclass
CROSS JOIN LATERAL (
  SELECT count(*) AS followers, coalesce(max(follower_id), 0) AS last
  FROM (
    SELECT follower_id FROM follows
    WHERE followee_id = p.author_id AND follower_id > $2::bigint
    ORDER BY follower_id LIMIT $3::integer
  ) f
) due
WHERE p.id = $1::bigint AND p.deleted_at IS NULL AND p.id >= (SELECT floor FROM feed_floor)
  AND (SELECT u.deleted_at IS NULL FROM users u WHERE u.id = p.author_id)
  AND (SELECT true FROM feed_pull x WHERE x.author_id = p.author_id) IS NULL
