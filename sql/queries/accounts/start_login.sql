-- $1 state hash, $2 cookie hash, $3 provider, $4 nonce, $5 code verifier, $6 return_to, $7 client
-- redirect, $8 client challenge, $9 client state (each of these four may be null), $10 scopes, $11 now.
INSERT INTO login_attempts (state_hash, cookie_hash, provider, nonce, code_verifier, return_to,
                            client_redirect, client_challenge, client_state, scopes, created_at)
VALUES ($1::bytea, $2::bytea, $3, $4, $5, $6, $7, $8, $9, $10::text[], $11::timestamptz)
