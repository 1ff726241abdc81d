-- $1 an account without counters, $2 others whose counters the transaction has locked. Their follows
-- of the account, their counters and UserUnfollowed (4) by each of them.
WITH gone AS (
  DELETE FROM follows WHERE followee_id = $1::bigint AND follower_id = ANY ($2::bigint[])
  RETURNING follower_id
),
counted AS (
  UPDATE user_stats s SET following = s.following - 1 FROM gone g WHERE s.user_id = g.follower_id
)
INSERT INTO events (type, shard, actor, object)
SELECT 4, feedctl_shard(follower_id), follower_id, $1 FROM gone ORDER BY follower_id
