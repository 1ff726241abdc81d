-- Chunks that a job has finished.
ALTER TABLE jobs ADD COLUMN chunks bigint NOT NULL DEFAULT 0;
ALTER TABLE dead_events ADD COLUMN chunks bigint NOT NULL DEFAULT 0;

-- The whole transaction id of a row's xmin.
CREATE FUNCTION feedctl_xid8(x xid) RETURNS xid8 LANGUAGE sql STABLE AS $$
  SELECT (newest - ((newest - x::text::bigint) & 4294967295))::text::xid8
  FROM (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1 AS newest) s
$$;

-- When a row was committed: where the server tracks that, and for as long as it remembers.
CREATE FUNCTION feedctl_committed_at(x xid) RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
  SELECT CASE WHEN current_setting('track_commit_timestamp') = 'on' THEN pg_xact_commit_timestamp(x) END
$$;

-- What `seed --append` has begun, so that one that was broken off goes on where it was. The world
-- follows from the shape, its end and who was known; moved_*: those whose id was taken, by index.
CREATE TABLE seed_appends (
  seed bigint PRIMARY KEY,
  users bigint NOT NULL,
  posts bigint NOT NULL,
  follows bigint NOT NULL,
  likes bigint NOT NULL,
  ends_at bigint NOT NULL,
  known bigint[] NOT NULL,
  moved_users bigint[] NOT NULL,
  moved_user_ids bigint[] NOT NULL,
  moved_posts bigint[] NOT NULL,
  moved_post_ids bigint[] NOT NULL,
  stage smallint NOT NULL DEFAULT 0,
  next bigint NOT NULL DEFAULT 0,
  begun_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
