-- $1 the user, whose row the transaction has locked, $2 the actor or null where nobody is named,
-- $3 an admin acts. An admin may also take a suspended account.
-- Nothing is shown from now on; AvatarDeleted (19; actor and shard are the user's) and the job that
-- removes the media, where there was one.
-- $4, $5: the key's hash and fingerprint, or null; kept with 204, or with 404 for the account.
-- Whether the actor is there, and may act; whether the account is found, and theirs; the media, and the
-- owner of the account. Last come the columns that commands::read_replay reads.
WITH seen AS MATERIALIZED (
  SELECT fp = $5::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $2::bigint AND key_hash = $4::bytea
),
actor AS MATERIALIZED (
  SELECT id, suspended_at IS NULL AS is_active FROM users WHERE id = $2::bigint AND deleted_at IS NULL
),
target AS MATERIALIZED (
  SELECT u.id, u.id AS owner_id, u.shard, u.avatar_id AS media_id,
         $2::bigint IS NULL OR $3::boolean OR u.id = $2 AS allowed
  FROM users u
  WHERE u.id = $1::bigint AND u.deleted_at IS NULL AND (u.suspended_at IS NULL OR $3)
    AND ($2 IS NULL OR EXISTS (SELECT FROM actor WHERE is_active)) AND NOT EXISTS (SELECT FROM seen)
),
cleared AS (
  UPDATE users x SET avatar_id = NULL FROM target t
  WHERE x.id = t.id AND t.allowed AND t.media_id IS NOT NULL
  RETURNING x.id
),
removed AS (
  UPDATE media m SET removed_at = clock_timestamp() FROM target t
  WHERE t.allowed AND m.id = t.media_id AND m.removed_at IS NULL
  RETURNING m.id
),
event AS (
  INSERT INTO events (type, shard, actor, object)
  SELECT 19, t.shard, owner_id, t.id FROM target t JOIN cleared x ON x.id = t.id
),
work AS (
  INSERT INTO jobs (kind, lane, subject, wait) SELECT 'media.remove', 2, id, interval '0' FROM removed
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT a.id, $4, $5, 19, $1, CASE WHEN t.id IS NULL THEN 404 ELSE 204 END
  FROM actor a LEFT JOIN target t ON true
  WHERE a.is_active AND $4 IS NOT NULL AND NOT EXISTS (SELECT FROM seen) AND coalesce(t.allowed, true)
)
SELECT
       $2 IS NULL OR EXISTS (SELECT FROM actor), $2 IS NULL OR EXISTS (SELECT FROM actor WHERE is_active),
       EXISTS (SELECT FROM target), coalesce((SELECT allowed FROM target), false),
       CASE WHEN EXISTS (SELECT FROM cleared) THEN t.media_id END, t.owner_id,
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN target t ON true LEFT JOIN seen s ON true
