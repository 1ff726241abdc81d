-- $1 issuer, $2 subject, $3 provider, $4 handle, $5 name, $6 now. A new user with this identity, its
-- counters and UserCreated (7). No row: another sign-in has just made the identity. A taken handle
-- fails the statement, since an identity never stays without its user.
WITH fresh AS MATERIALIZED (SELECT feedctl_next_id() AS id),
identity AS (
  INSERT INTO identities (issuer, subject, user_id, provider, created_at, last_login_at)
  SELECT $1, $2, id, $3, $6::timestamptz, $6::timestamptz FROM fresh
  ON CONFLICT (issuer, subject) DO NOTHING
  RETURNING user_id
),
made AS (
  INSERT INTO users (id, handle, name, role, shard, handle_proposed)
  SELECT user_id, $4, $5, 'user', feedctl_shard(user_id), true FROM identity
  RETURNING id, shard
),
stats AS (
  INSERT INTO user_stats (user_id) SELECT id FROM made
),
event AS (
  INSERT INTO events (type, shard, actor, object) SELECT 7, shard, id, id FROM made
)
SELECT id FROM made
