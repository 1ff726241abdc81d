-- All keys without their private parts, in the order in which they sign; the time on each row.
SELECT kid, feedctl_us(sign_from), feedctl_us(verify_until), feedctl_us(created_at),
  feedctl_us(now())
FROM signing_keys
ORDER BY sign_from, created_at, kid
