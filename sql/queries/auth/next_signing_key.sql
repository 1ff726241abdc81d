-- The key that is published and does not sign yet.
SELECT kid, feedctl_us(sign_from)
FROM signing_keys
WHERE sign_from > clock_timestamp() AND (verify_until IS NULL OR verify_until > clock_timestamp())
ORDER BY sign_from
LIMIT 1
