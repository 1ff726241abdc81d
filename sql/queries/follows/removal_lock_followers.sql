-- $1 an account, $2 ids above this, $3 at most so many. Its followers, as in removal_lock_following.
WITH others AS MATERIALIZED (
  SELECT follower_id AS id FROM follows WHERE followee_id = $1::bigint AND follower_id > $2::bigint
  ORDER BY follower_id LIMIT $3::integer
),
locked AS MATERIALIZED (
  SELECT user_id FROM user_stats WHERE user_id = ANY (ARRAY(SELECT id FROM others))
  ORDER BY user_id FOR UPDATE
)
SELECT id FROM others WHERE (SELECT count(*) FROM locked) >= 0 ORDER BY id
