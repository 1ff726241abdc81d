-- $1 the user, $2 the actor or null where nobody is named, $3 an admin acts: may they change the avatar?
-- An admin may also take a suspended account.
-- $4, $5: the key's hash and fingerprint, or null. Whether the actor is there, and may act; whether the
-- account is found, and theirs. Last come the columns that commands::read_replay reads.
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
)
SELECT
       $2 IS NULL OR EXISTS (SELECT FROM actor), $2 IS NULL OR EXISTS (SELECT FROM actor WHERE is_active),
       EXISTS (SELECT FROM target), coalesce((SELECT allowed FROM target), false),
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN seen s ON true
