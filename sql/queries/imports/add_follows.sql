-- $1 the follower, $2 network, $3 ids of accounts there. Follows those that were imported. Counters are
-- locked as follow and unfollow do, in id order. The places in $3, from 1, of accounts that are users
-- here, and how many follows are new.
WITH known AS MATERIALIZED (
  SELECT g.n, u.id AS user_id
  FROM unnest($3::text[]) WITH ORDINALITY AS g (external_id, n)
  JOIN imported_accounts a ON a.network = $2::text AND a.external_id = g.external_id
  JOIN users u ON u.id = a.user_id AND u.deleted_at IS NULL
),
wanted AS MATERIALIZED (
  SELECT DISTINCT user_id AS followee_id FROM known k
  WHERE user_id <> $1::bigint
    AND NOT EXISTS (SELECT FROM follows f WHERE f.follower_id = $1 AND f.followee_id = k.user_id)
),
locked AS MATERIALIZED (
  SELECT user_id FROM user_stats
  WHERE EXISTS (SELECT FROM wanted) AND (user_id = $1 OR user_id IN (SELECT followee_id FROM wanted))
  ORDER BY user_id FOR UPDATE
),
ins AS (
  INSERT INTO follows (follower_id, followee_id)
  SELECT a.user_id, w.followee_id FROM wanted w
  JOIN locked a ON a.user_id = $1 JOIN locked b ON b.user_id = w.followee_id
  ON CONFLICT DO NOTHING
  RETURNING follower_id, followee_id
),
followers AS (
  UPDATE user_stats s SET followers = s.followers + 1 FROM ins WHERE s.user_id = ins.followee_id
),
following AS (
  UPDATE user_stats s SET following = s.following + (SELECT count(*) FROM ins)
  WHERE s.user_id = $1 AND EXISTS (SELECT FROM ins)
),
log AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT 3, feedctl_shard(follower_id), follower_id, followee_id FROM ins ORDER BY followee_id
)
SELECT coalesce((SELECT array_agg(n) FROM known), '{}'), (SELECT count(*) FROM ins)
