-- The admins who can act. Until the end of the transaction nobody else changes them. In the order of
-- ids, so that two who lock them do not block each other.
SELECT id FROM users
WHERE role = 'admin' AND role <> 'user' AND deleted_at IS NULL AND suspended_at IS NULL
ORDER BY id
FOR NO KEY UPDATE
