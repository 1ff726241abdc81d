-- $1 issuer, $2 subject, $3 now. The living user of this identity, and whether the account is
-- suspended; no row: there is none.
UPDATE identities i SET last_login_at = $3::timestamptz
FROM users u
WHERE i.issuer = $1 AND i.subject = $2 AND u.id = i.user_id AND u.deleted_at IS NULL
RETURNING u.id, u.suspended_at IS NOT NULL
