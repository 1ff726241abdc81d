-- $1 the author or null for nobody, $2, $3 the key's hash and fingerprint, or null. The id of a post
-- that create_with_image makes once the image is stored, as the image's name has it. Null: the author
-- is no active user, or the key is stored already. Last come the columns that commands::settle reads.
WITH seen AS MATERIALIZED (
  SELECT fp = $3::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $1::bigint AND key_hash = $2::bytea
)
SELECT CASE WHEN s.status IS NULL
              AND ($1 IS NULL OR EXISTS (SELECT FROM users WHERE id = $1 AND deleted_at IS NULL
                                         AND suspended_at IS NULL))
            THEN feedctl_next_id() END,
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN seen s ON true
