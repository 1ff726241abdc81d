-- $1 network, $2 the account's id there. The living user that it became.
SELECT u.id, u.handle FROM imported_accounts a
JOIN users u ON u.id = a.user_id AND u.deleted_at IS NULL
WHERE a.network = $1::text AND a.external_id = $2::text
