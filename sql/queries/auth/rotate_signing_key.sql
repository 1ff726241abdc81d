-- $1 kid and $2 JWK of the new key, $3 seconds until it signs, $4 seconds that the other keys verify
-- from then on. Keys that ended before are deleted.
WITH present AS MATERIALIZED (
  SELECT clock_timestamp() AS at
), expired AS (
  DELETE FROM signing_keys USING present WHERE verify_until <= present.at
  RETURNING kid
), ended AS (
  UPDATE signing_keys
  SET verify_until = present.at + ($3::bigint + $4::bigint) * interval '1 second'
  FROM present
  WHERE verify_until IS NULL
    OR verify_until > present.at + ($3::bigint + $4::bigint) * interval '1 second'
  RETURNING kid, verify_until
), made AS (
  INSERT INTO signing_keys (kid, jwk, sign_from, created_at)
  SELECT $1, $2, present.at + $3::bigint * interval '1 second', present.at FROM present
  RETURNING sign_from
)
SELECT feedctl_us(made.sign_from), feedctl_us((SELECT max(verify_until) FROM ended)),
  (SELECT count(*) FROM ended), (SELECT count(*) FROM expired)
FROM made
