-- Where the last rebuild of the home feeds' rows is: what it was asked for, and the last user that
-- is done. Rebuilding is idempotent, so the mark may lag behind the rows.
CREATE TABLE feed_rebuild (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  since bigint NOT NULL,
  inactive boolean NOT NULL,
  cursor bigint NOT NULL DEFAULT 0,
  users bigint NOT NULL DEFAULT 0,
  rows bigint NOT NULL DEFAULT 0,
  failed bigint NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz
) WITH (fillfactor = 50);
