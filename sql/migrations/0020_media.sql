-- Images of posts and avatars of users. The blob store has the bytes; a row is written after its
-- object, and goes after it. `posts.image_id` and `users.avatar_id` name what is shown.
CREATE TABLE media (
  id bigint PRIMARY KEY,         -- drawn before the object is stored
  kind smallint NOT NULL CHECK (kind IN (1, 2)),  -- 1 image of a post, 2 avatar
  owner_id bigint,               -- who uploaded it; null: nobody
  subject_id bigint NOT NULL,    -- the post, or the user
  state smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 3),  -- 1 processing, 2 ready, 3 failed
  object_key text NOT NULL,
  content_type text NOT NULL,
  byte_count integer NOT NULL CHECK (byte_count > 0),
  width integer NOT NULL,
  height integer NOT NULL,
  thumbnails text NOT NULL DEFAULT '' CHECK (thumbnails ~ '^([0-9]+(,[0-9]+)*)?$'),  -- widths: "320,640"
  blurhash text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  removed_at timestamptz,        -- no longer shown: a job removes the objects, then the row
  -- What posts show of it, in one value.
  summary text NOT NULL GENERATED ALWAYS AS (
    id::text || ' ' || state::text || ' ' || width::text || ' ' || height::text || ' ' ||
    CASE thumbnails WHEN '' THEN '-' ELSE thumbnails END || ' ' ||
    CASE blurhash WHEN '' THEN '-' ELSE blurhash END) STORED
);
CREATE INDEX media_subject_idx ON media (kind, subject_id);
CREATE INDEX media_removed_idx ON media (removed_at) WHERE removed_at IS NOT NULL;

-- Uploads by a presigned form: the client puts the object into quarantine/, `work` takes it from there.
CREATE TABLE media_uploads (
  id bigint PRIMARY KEY,         -- the quarantined object is quarantine/ID
  kind smallint NOT NULL CHECK (kind IN (1, 2)),
  owner_id bigint,
  subject_id bigint NOT NULL,
  content_type text NOT NULL,
  state smallint NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 4),  -- 1 waiting, 2 processing, 3 done, 4 refused
  problem text,                  -- of a refused one
  media_id bigint,               -- of one that is done
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX media_uploads_created_idx ON media_uploads (created_at);
CREATE INDEX media_uploads_open_idx ON media_uploads (owner_id) WHERE state < 3;

-- How far the last `media gc` and `media verify` came. Both are idempotent, so the cursor may lag
-- behind what was done.
CREATE TABLE media_scans (
  name text PRIMARY KEY,         -- gc, verify
  cursor text NOT NULL DEFAULT '',
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz
) WITH (fillfactor = 50);

ALTER TABLE posts ADD COLUMN image_id bigint;
ALTER TABLE users ADD COLUMN avatar_id bigint;
