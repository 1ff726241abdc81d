-- $1 the upload's id, $2 who may send the object or null for anybody, $3 the kind, $4 the post or user,
-- $5 the type, $6 how many uploads of one user may be open. $7, $8: the key's hash and fingerprint, or
-- null; kept with 201 and the upload's id.
-- First whether it was stored: else the key was, or too many are open. Last come the columns that
-- commands::read_replay reads.
WITH seen AS MATERIALIZED (
  SELECT fp = $8::bytea AS same, status, result_id FROM idempotency_keys
  WHERE user_id = $2::bigint AND key_hash = $7::bytea
),
stored AS (
  INSERT INTO media_uploads (id, kind, owner_id, subject_id, content_type)
  SELECT $1::bigint, $3::smallint, $2, $4::bigint, $5::text
  WHERE NOT EXISTS (SELECT FROM seen)
    AND (SELECT count(*) FROM media_uploads WHERE owner_id = $2 AND state < 3) < $6::integer
  RETURNING id
),
kept AS (
  INSERT INTO idempotency_keys (user_id, key_hash, fp, command, result_id, status)
  SELECT $2, $7, $8, 20, id, 201 FROM stored WHERE $7 IS NOT NULL
)
SELECT EXISTS (SELECT FROM stored),
       s.same, s.status, s.result_id,
       pg_current_snapshot()::text, pg_current_xact_id_if_assigned()::text
FROM (SELECT) one LEFT JOIN seen s ON true
