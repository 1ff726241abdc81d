-- $1 network, $2 the account's id there, $3 the user that it is from now on.
INSERT INTO imported_accounts (network, external_id, user_id) VALUES ($1::text, $2::text, $3::bigint)
ON CONFLICT (network, external_id)
DO UPDATE SET user_id = EXCLUDED.user_id, imported_at = clock_timestamp()
