-- $1 the account. It has left: it is no living user any more, its handle is free, its name and the
-- reason of a suspension are erased, its counters are gone, which follows lock; nobody signs in to
-- it, its refresh tokens are void; and UserDeleted (9), which has all else removed.
-- $2 who asks, $3, $4 the key's hash and fingerprint, or nulls; kept with 202, or 404. $5 whether a
-- suspended account may be deleted, too: only an admin may do so. First, whether it left now; last
-- come the columns that commands::settle reads.
WITH seen AS MATERIALIZED (
  SELECT fp = $4::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $2::bigint AND key_hash = $3::bytea
),
owner AS MATERIALIZED (
  SELECT id, suspended_at IS NOT NULL AND NOT $5::boolean AS refused FROM users
  WHERE id = $1::bigint AND deleted_at IS NULL AND NOT EXISTS (SELECT FROM seen)
  FOR UPDATE
),
gone AS (
  UPDATE users u
  SET deleted_at = clock_timestamp(), name = '', suspended_at = NULL, suspended_reason = NULL
  FROM owner o
  WHERE u.id = o.id AND NOT o.refused
  RETURNING u.id, u.shard
),
stats AS (
  DELETE FROM user_stats s USING gone g WHERE s.user_id = g.id RETURNING s.user_id
),
gone_identities AS (
  DELETE FROM identities i USING gone g WHERE i.user_id = g.id
),
gone_sessions AS (
  DELETE FROM sessions s USING gone g WHERE s.user_id = g.id
),
event AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT 9, g.shard, g.id, g.id FROM gone g LEFT JOIN stats s ON s.user_id = g.id
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $2, $3, $4, 9, $1, CASE WHEN g.id IS NULL THEN 404 ELSE 202 END
  FROM (SELECT) one LEFT JOIN gone g ON true LEFT JOIN stats s ON s.user_id = g.id
  WHERE $3 IS NOT NULL AND NOT EXISTS (SELECT FROM seen)
    AND NOT EXISTS (SELECT FROM owner WHERE refused)
)
SELECT EXISTS (SELECT FROM gone),
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN seen s ON true
