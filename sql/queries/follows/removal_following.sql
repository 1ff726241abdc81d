-- $1 an account without counters, $2 others whose counters the transaction has locked. The account's
-- follows of them, their counters and UserUnfollowed (4) by the account.
WITH gone AS (
  DELETE FROM follows WHERE follower_id = $1::bigint AND followee_id = ANY ($2::bigint[])
  RETURNING followee_id
),
counted AS (
  UPDATE user_stats s SET followers = s.followers - 1 FROM gone g WHERE s.user_id = g.followee_id
)
INSERT INTO events (type, shard, actor, object)
SELECT 4, feedctl_shard($1), $1, followee_id FROM gone ORDER BY followee_id
