-- $1 user. Whether the account is suspended; no row: no living user. The lock lets one sign-in of
-- the user at a time count its sessions.
SELECT suspended_at IS NOT NULL FROM users WHERE id = $1::bigint AND deleted_at IS NULL
FOR NO KEY UPDATE
