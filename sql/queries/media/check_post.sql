-- $1 the post, $2 the actor or null where nobody is named, $3 an admin acts: may they change its image?
-- An admin may also take a hidden post, or one of a suspended author.
-- $4, $5: the key's hash and fingerprint, or null. Whether the actor is there, and may act; whether the
-- post is found, and theirs. Last come the columns that commands::read_replay reads.
WITH seen AS MATERIALIZED (
  SELECT fp = $5::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $2::bigint AND key_hash = $4::bytea
),
actor AS MATERIALIZED (
  SELECT id, suspended_at IS NULL AS is_active FROM users WHERE id = $2::bigint AND deleted_at IS NULL
),
target AS MATERIALIZED (
  SELECT p.id, p.author_id AS owner_id, p.shard, p.image_id AS media_id,
         $2::bigint IS NULL OR $3::boolean OR p.author_id IS NOT DISTINCT FROM $2 AS allowed
  FROM posts p LEFT JOIN users u ON u.id = p.author_id AND u.deleted_at IS NULL
    AND (u.suspended_at IS NULL OR $3::boolean)
  WHERE p.id = $1::bigint AND p.deleted_at IS NULL AND (p.author_id IS NULL OR u.id IS NOT NULL)
    AND ($3 OR (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE)
    AND ($2 IS NULL OR EXISTS (SELECT FROM actor WHERE is_active)) AND NOT EXISTS (SELECT FROM seen)
)
SELECT
       $2 IS NULL OR EXISTS (SELECT FROM actor), $2 IS NULL OR EXISTS (SELECT FROM actor WHERE is_active),
       EXISTS (SELECT FROM target), coalesce((SELECT allowed FROM target), false),
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN seen s ON true
