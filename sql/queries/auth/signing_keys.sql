-- All keys with their private parts, in the order in which they sign.
SELECT kid, feedctl_us(sign_from), feedctl_us(verify_until), jwk
FROM signing_keys
ORDER BY sign_from, created_at, kid
