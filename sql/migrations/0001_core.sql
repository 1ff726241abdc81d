-- Ids: milliseconds since 2025-01-01 << 12 | node << 7 | sequence. The node is a setting of the
-- database (ALTER DATABASE .. SET feedctl.node = 1), 0 where it is not set.
CREATE SEQUENCE id_sequence AS bigint CACHE 1;

CREATE FUNCTION feedctl_next_id() RETURNS bigint LANGUAGE sql VOLATILE PARALLEL UNSAFE AS $$
  SELECT ((floor(date_part('epoch', clock_timestamp()) * 1000)::bigint - 1735689600000) << 12)
       | (coalesce(nullif(current_setting('feedctl.node', true), ''), '0')::bigint << 7)
       | (nextval('id_sequence') & 127)
$$;

-- The logical shard of a user (0..1023); lib/base/ids.cpp holds the same function.
CREATE FUNCTION feedctl_shard(id bigint) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ((((id & 2147483647) # (id >> 31 & 2147483647)) * 2654435761 >> 22) & 1023)::smallint
$$;

-- Times leave the database as microseconds since 1970.
CREATE FUNCTION feedctl_us(t timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (date_part('epoch', t) * 1000000)::bigint
$$;

CREATE TABLE users (
  id bigint PRIMARY KEY DEFAULT feedctl_next_id(),
  handle text NOT NULL CHECK (handle ~ '^[a-z0-9_]{1,32}$'),
  name text NOT NULL DEFAULT '',
  role text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'editor', 'admin')),
  shard smallint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamptz
);
-- The handle of an account that has left is free again.
CREATE UNIQUE INDEX users_handle_key ON users (handle) WHERE deleted_at IS NULL;

-- Locked by follow and unfollow; absent for accounts that have left.
CREATE TABLE user_stats (
  user_id bigint PRIMARY KEY,
  followers bigint NOT NULL DEFAULT 0 CHECK (followers >= 0),
  following bigint NOT NULL DEFAULT 0 CHECK (following >= 0)
) WITH (fillfactor = 70);

CREATE TABLE follows (
  follower_id bigint NOT NULL,
  followee_id bigint NOT NULL,
  PRIMARY KEY (follower_id, followee_id),
  CHECK (follower_id <> followee_id)
);
CREATE INDEX follows_followee_idx ON follows (followee_id, follower_id);

-- Text and time never change; a deleted post keeps its row as a tombstone, without its text.
CREATE TABLE posts (
  id bigint PRIMARY KEY DEFAULT feedctl_next_id(),
  author_id bigint,
  shard smallint NOT NULL,
  text text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamptz
);
CREATE INDEX posts_author_idx ON posts (author_id, id DESC) WHERE deleted_at IS NULL;

-- One row per living post: the counter, the lock that likes queue on, and the existence check.
CREATE TABLE post_likes (
  post_id bigint PRIMARY KEY,
  like_count bigint NOT NULL DEFAULT 0 CHECK (like_count >= 0)
) WITH (fillfactor = 70);

CREATE SEQUENCE like_id_sequence AS bigint;
CREATE TABLE likes (
  id bigint NOT NULL DEFAULT nextval('like_id_sequence'),
  user_id bigint NOT NULL,
  post_id bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (user_id, post_id)
);
CREATE INDEX likes_post_idx ON likes (post_id, id);
CREATE INDEX likes_created_idx ON likes (created_at, post_id);

CREATE TABLE post_views (
  post_id bigint PRIMARY KEY,
  view_count bigint NOT NULL DEFAULT 0 CHECK (view_count >= 0),
  base bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

-- The event log. Every command appends one row in its own statement; nothing updates a row. The id
-- is drawn after the row lock of the effect, from a sequence with CACHE 1, so per pair (user, post)
-- or (user, user) id order is commit order. A reader's position is a snapshot, never an id.
-- type: 1 PostLiked, 2 PostUnliked (liked_at = the like's own time), 3 UserFollowed,
-- 4 UserUnfollowed, 5 PostCreated, 6 PostDeleted, 7 UserCreated, 8 UserUpdated, 9 UserDeleted,
-- 10 PostImageUploaded, 11 AvatarUploaded. actor 0: nobody. shard: the actor's.
CREATE SEQUENCE event_id_sequence AS bigint CACHE 1;
CREATE TABLE events (
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id bigint NOT NULL DEFAULT nextval('event_id_sequence'),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  type smallint NOT NULL,
  shard smallint NOT NULL,
  actor bigint NOT NULL,
  object bigint NOT NULL,
  liked_at timestamptz,
  PRIMARY KEY (xid, id, at)
) PARTITION BY RANGE (at);

-- Makes the log's daily parts from yesterday to `ahead` days from now; returns how many were new.
-- CREATE .. LIKE and ATTACH, because CREATE .. PARTITION OF would wait for every open writer.
CREATE FUNCTION feedctl_make_event_parts(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  today date := (now() AT TIME ZONE 'UTC')::date;
  part text;
  made integer := 0;
BEGIN
  IF ahead < 0 OR ahead > 60 THEN
    RAISE EXCEPTION 'parts ahead must lie between 0 and 60' USING ERRCODE = '22023';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('feedctl.event_parts', 0));
  FOR day IN -1 .. ahead LOOP
    part := 'events_' || to_char(today + day, 'YYYYMMDD');
    CONTINUE WHEN to_regclass('public.' || part) IS NOT NULL;
    EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', part);
    EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part,
                   (today + day)::text || ' 00:00:00+00', (today + day + 1)::text || ' 00:00:00+00');
    made := made + 1;
  END LOOP;
  RETURN made;
END
$$;
REVOKE ALL ON FUNCTION feedctl_make_event_parts(integer) FROM PUBLIC;

-- How many days from today on have a part: 8 = today and seven more.
CREATE FUNCTION feedctl_event_parts_ahead() RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT count(*)::integer - 1
  FROM generate_series(0, 60) AS day
  WHERE to_regclass('public.events_' || to_char((now() AT TIME ZONE 'UTC')::date + day, 'YYYYMMDD')) IS NOT NULL
$$;

-- The hot ranking: likes of the last 24 hours, exact for the window that begins at window_start,
-- counting all that `position` sees. One aggregator at a time moves both in one statement.
CREATE TABLE hot_scores (
  post_id bigint PRIMARY KEY,
  score bigint NOT NULL,
  created_at timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX hot_scores_rank_idx ON hot_scores (score DESC, created_at DESC, post_id DESC);
CREATE TABLE hot_state (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  ver bigint NOT NULL DEFAULT 0,
  position pg_snapshot NOT NULL,
  window_start timestamptz NOT NULL
);
INSERT INTO hot_state (position, window_start) VALUES (pg_current_snapshot(), now() - interval '24 hours');

-- Keys that every process of this installation shares and that the configuration may override.
CREATE TABLE server_keys (
  name text PRIMARY KEY,
  value text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
