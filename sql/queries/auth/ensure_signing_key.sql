-- $1 kid, $2 JWK. Stored only where no key verifies.
INSERT INTO signing_keys (kid, jwk)
SELECT $1, $2
WHERE NOT EXISTS (
  SELECT FROM signing_keys WHERE verify_until IS NULL OR verify_until > clock_timestamp())
