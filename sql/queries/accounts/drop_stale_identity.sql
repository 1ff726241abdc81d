-- $1 issuer, $2 subject. Deletes the identity if its account is deleted.
DELETE FROM identities i
WHERE i.issuer = $1 AND i.subject = $2
  AND NOT EXISTS (SELECT FROM users u WHERE u.id = i.user_id AND u.deleted_at IS NULL)
