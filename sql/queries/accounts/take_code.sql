-- $1 code hash. The code, which is used now; no row: there is none.
DELETE FROM login_codes WHERE code_hash = $1::bytea
RETURNING user_id, client_redirect, client_challenge, array_to_string(scopes, ' '),
          feedctl_us(created_at)
