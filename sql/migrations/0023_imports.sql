-- Accounts of other networks whose archives were imported, and the user that each one became. The
-- deletion of the user removes its rows in both tables; until then they stay.
CREATE TABLE imported_accounts (
  network text NOT NULL,
  external_id text NOT NULL CHECK (octet_length(external_id) BETWEEN 1 AND 512),
  user_id bigint NOT NULL,
  imported_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (network, external_id)
);
CREATE INDEX imported_accounts_user_idx ON imported_accounts (user_id);

-- The posts that an import has added to a user, also those that were deleted since: the first 128
-- bits of the SHA-256 of network, account and the post's own id there.
CREATE TABLE imported_posts (
  user_id bigint NOT NULL,
  post_hash uuid NOT NULL,
  PRIMARY KEY (user_id, post_hash)
);
