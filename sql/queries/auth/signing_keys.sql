-- The keys that have not ended, with their private parts, in the order in which they sign. A server
-- whose clock is behind learns here that a key has ended.
SELECT kid, feedctl_us(sign_from), feedctl_us(verify_until), jwk
FROM signing_keys
WHERE verify_until IS NULL OR verify_until > clock_timestamp()
ORDER BY sign_from, created_at, kid
