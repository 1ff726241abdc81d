-- $1 an account, $2 ids above this, $3 at most so many. Whom it follows; their counters are locked, in
-- the order of ids, before anything of them is touched. Who has left, too, has none.
WITH others AS MATERIALIZED (
  SELECT followee_id AS id FROM follows WHERE follower_id = $1::bigint AND followee_id > $2::bigint
  ORDER BY followee_id LIMIT $3::integer
),
locked AS MATERIALIZED (
  SELECT user_id FROM user_stats WHERE user_id = ANY (ARRAY(SELECT id FROM others))
  ORDER BY user_id FOR UPDATE
)
SELECT id FROM others WHERE (SELECT count(*) FROM locked) >= 0 ORDER BY id
