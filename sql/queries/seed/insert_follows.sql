WITH ins AS (
  INSERT INTO follows (follower_id, followee_id)
  SELECT a.id, b.id FROM seed_follows f JOIN seed_users a ON a.n = f.follower JOIN seed_users b ON b.n = f.followee
  ORDER BY 1, 2
  ON CONFLICT DO NOTHING RETURNING follower_id, followee_id),
delta AS (
  SELECT user_id, sum(followers) AS followers, sum(following) AS following
  FROM (SELECT followee_id AS user_id, 1 AS followers, 0 AS following FROM ins
        UNION ALL SELECT follower_id, 0, 1 FROM ins) changes
  GROUP BY user_id),
counted AS (
  UPDATE user_stats s SET followers = s.followers + d.followers, following = s.following + d.following
  FROM delta d WHERE d.user_id = s.user_id),
log AS (INSERT INTO events (type, shard, actor, object) SELECT 3, feedctl_shard(follower_id), follower_id, followee_id FROM ins)
SELECT count(*) FROM ins
