-- Keys that sign access tokens. A key is published from the start, signs from `sign_from` until the
-- next key does, and verifies until `verify_until`; null: no end is planned.
CREATE TABLE signing_keys (
  kid text PRIMARY KEY,
  jwk text NOT NULL,
  sign_from timestamptz NOT NULL DEFAULT clock_timestamp(),
  verify_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO signing_keys (kid, jwk, sign_from, created_at)
SELECT value::jsonb ->> 'kid', value, created_at, created_at FROM server_keys WHERE name = 'jwt_es256';
DELETE FROM server_keys WHERE name = 'jwt_es256';

-- `token_version`: access tokens with a smaller number are refused. `handle_proposed`: the server
-- chose the handle at the first sign-in, so its owner may change it once.
ALTER TABLE users
  ADD COLUMN token_version integer NOT NULL DEFAULT 0,
  ADD COLUMN handle_proposed boolean NOT NULL DEFAULT false;

-- Who signs in as which user. The pair names a person; an e-mail address never does.
CREATE TABLE identities (
  issuer text NOT NULL,
  subject text NOT NULL,
  user_id bigint NOT NULL,
  provider text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_login_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user_idx ON identities (user_id);

-- A sign-in on one device: a family of refresh tokens, of which one at a time is current. Only
-- SHA-256 digests are stored. `id` is the `sid` of its access tokens.
CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  user_id bigint NOT NULL,
  client text NOT NULL,
  scopes text[] NOT NULL,
  current_hash bytea NOT NULL CHECK (length(current_hash) = 32),
  previous_hash bytea CHECK (length(previous_hash) = 32),
  rotated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  user_agent text NOT NULL DEFAULT '',
  address text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  revoked_reason text
);
CREATE INDEX sessions_user_idx ON sessions (user_id, created_at);
CREATE INDEX sessions_expires_idx ON sessions (expires_at);

-- Sign-ins on their way at a provider, ten minutes each. Deleted when the provider's answer comes.
CREATE TABLE login_attempts (
  state_hash bytea PRIMARY KEY CHECK (length(state_hash) = 32),
  cookie_hash bytea NOT NULL CHECK (length(cookie_hash) = 32),
  provider text NOT NULL,
  nonce text NOT NULL,
  code_verifier text NOT NULL,
  return_to text,
  client_redirect text,
  client_challenge text,
  client_state text,
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX login_attempts_created_idx ON login_attempts (created_at);

-- One-time codes that a client exchanges for tokens within a minute.
CREATE TABLE login_codes (
  code_hash bytea PRIMARY KEY CHECK (length(code_hash) = 32),
  user_id bigint NOT NULL,
  client_redirect text,
  client_challenge text NOT NULL,
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What every server refuses from now on, until the last access token that it concerns has ended:
-- the tokens of a session, or those of a user with a version below `token_version`.
CREATE TABLE revocations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  until timestamptz NOT NULL,
  session_id uuid,
  user_id bigint,
  token_version integer,
  CHECK ((session_id IS NOT NULL) <> (user_id IS NOT NULL AND token_version IS NOT NULL))
);
CREATE INDEX revocations_at_idx ON revocations (at);
CREATE INDEX revocations_until_idx ON revocations (until);
