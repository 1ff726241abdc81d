-- $1 code hash, $2 user, $3 client redirect or null, $4 client challenge, $5 scopes, $6 now.
INSERT INTO login_codes (code_hash, user_id, client_redirect, client_challenge, scopes, created_at)
VALUES ($1::bytea, $2::bigint, $3, $4, $5::text[], $6::timestamptz)
