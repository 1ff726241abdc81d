-- What has changed for the tokens of this installation. $1: revocations since this time. The first
-- three columns are on every row, of which there is at least one.
SELECT feedctl_us(now()), keys.state, r.id IS NOT NULL, r.session_id, r.user_id, r.token_version,
  feedctl_us(r.until)
FROM (
  SELECT coalesce(string_agg(concat_ws(' ', kid, feedctl_us(sign_from), feedctl_us(verify_until)),
    ',' ORDER BY kid), '') AS state
  FROM signing_keys
  WHERE verify_until IS NULL OR verify_until > now()
) keys
LEFT JOIN revocations r ON r.at >= $1 AND r.until > now()
