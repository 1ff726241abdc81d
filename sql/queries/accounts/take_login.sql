-- $1 state hash. The sign-in on its way, which is over now; no row: there is none.
DELETE FROM login_attempts WHERE state_hash = $1::bytea
RETURNING cookie_hash::text, provider, nonce, code_verifier, return_to, client_redirect,
          client_challenge, client_state, array_to_string(scopes, ' '), feedctl_us(created_at)
