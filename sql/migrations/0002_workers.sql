-- Who reads the event log durably, and how far they are. A position is a snapshot: what `at` saw is
-- done; of what `upto` sees and `at` did not, all up to (done_xid, done_id) is done too. `ver` guards
-- every save. dirty: the slot's owner has not given it back; then try_* tell which event it was at,
-- and how often that one ended its process. `work` has 16 slots: the event's shard modulo 16.
CREATE TABLE consumers (
  name text NOT NULL,
  slot integer NOT NULL,
  ver bigint NOT NULL DEFAULT 0,
  at pg_snapshot NOT NULL,
  upto pg_snapshot,
  done_xid xid8,
  done_id bigint,
  dirty boolean NOT NULL DEFAULT false,
  try_xid xid8,
  try_id bigint,
  crashes integer NOT NULL DEFAULT 0,
  moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (name, slot)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
INSERT INTO consumers (name, slot, at)
SELECT 'work', slot, pg_current_snapshot() FROM generate_series(0, 15) AS slot;

-- Events of transactions before `floor` may be gone from the log; and the cluster whose transaction
-- ids the positions speak of (a dump restored elsewhere counts them anew).
CREATE TABLE log_state (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  floor xid8 NOT NULL DEFAULT '0',
  cluster bigint NOT NULL
);
INSERT INTO log_state (cluster) SELECT system_identifier FROM pg_control_system();

-- What is too big for a batch, or failed alone in one. A chunk saves its cursor with its rows.
-- lane: 0 interactive, 1 bulk, 2 low. A claim is good until claimed_until; one that ran out
-- unreturned counts as a crash.
CREATE SEQUENCE job_id_sequence AS bigint;
CREATE TABLE jobs (
  id bigint PRIMARY KEY DEFAULT nextval('job_id_sequence'),
  kind text NOT NULL,
  lane smallint NOT NULL CHECK (lane BETWEEN 0 AND 2),
  subject bigint NOT NULL,
  payload jsonb NOT NULL DEFAULT '{}',
  cursor text,
  done bigint NOT NULL DEFAULT 0,
  total bigint,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  not_before timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts integer NOT NULL DEFAULT 0,
  crashes integer NOT NULL DEFAULT 0,
  claim bigint NOT NULL DEFAULT 0,
  claimed_until timestamptz,
  error text
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX jobs_lane_idx ON jobs (lane, not_before, id);
CREATE INDEX jobs_subject_idx ON jobs (subject, kind);

-- Dead letters: jobs, and events alone (kind 'event'), that were given up.
CREATE SEQUENCE dead_event_id_sequence AS bigint;
CREATE TABLE dead_events (
  id bigint PRIMARY KEY DEFAULT nextval('dead_event_id_sequence'),
  kind text NOT NULL,
  lane smallint NOT NULL,
  subject bigint NOT NULL,
  payload jsonb NOT NULL,
  cursor text,
  done bigint NOT NULL DEFAULT 0,
  total bigint,
  attempts integer NOT NULL,
  crashes integer NOT NULL,
  error text NOT NULL,
  created_at timestamptz NOT NULL,
  died_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Idempotency-Key: one key, one command of its user; written by the command's own statement.
-- command: 1 like, 2 unlike, 3 follow, 4 unfollow, 5 create post, 6 delete post, 7 create user,
-- 8 update user, 9 delete user. fp: what the key was used for.
CREATE TABLE idempotency_keys (
  user_id bigint NOT NULL,
  key_hash bytea NOT NULL,
  fp bytea NOT NULL,
  command smallint NOT NULL,
  result_id bigint,
  status smallint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (user_id, key_hash)
);
CREATE INDEX idempotency_keys_created_idx ON idempotency_keys USING brin (created_at);

-- The home feed's read model. It only grows: rows of unfollowed authors and deleted posts stay, and
-- readers leave them out; above feed_floor none may be missing for users whose state is on. Parts by
-- post id, that is by time, are made ahead and retired below the floor.
CREATE TABLE user_feed (
  user_id bigint NOT NULL,
  post_id bigint NOT NULL,
  author_id bigint NOT NULL,
  PRIMARY KEY (user_id, post_id)
) PARTITION BY RANGE (post_id);

-- state: 0 off, 1 filling, 2 on. Each activation takes a new generation and begins without cursor.
CREATE TABLE feed_state (
  user_id bigint PRIMARY KEY,
  state smallint NOT NULL CHECK (state BETWEEN 0 AND 2),
  generation bigint NOT NULL DEFAULT 1,
  cursor bigint,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 70);
CREATE INDEX feed_state_seen_idx ON feed_state (seen_at) WHERE state > 0;

-- The oldest post id that rows answer for.
CREATE TABLE feed_floor (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  floor bigint NOT NULL,
  raised_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Authors with more followers than feed.fanout_max_followers had once: merged at every read.
CREATE TABLE feed_pull (
  author_id bigint PRIMARY KEY,
  since timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The first id of a moment.
CREATE FUNCTION feedctl_id_at(t timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT greatest((floor(date_part('epoch', t) * 1000)::bigint - 1735689600000), 0) << 12
$$;

-- The parts of user_feed: [from_id, upto_id).
CREATE FUNCTION feedctl_feed_parts() RETURNS TABLE (part text, from_id bigint, upto_id bigint, estimated_rows bigint)
LANGUAGE sql STABLE AS $$
  SELECT c.relname::text, (bounds.m)[1]::bigint, (bounds.m)[2]::bigint, greatest(c.reltuples, 0)::bigint
  FROM pg_inherits i
  JOIN pg_class c ON c.oid = i.inhrelid
  CROSS JOIN LATERAL (
    SELECT regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''(-?\d+)''\) TO \(''(-?\d+)''\)') AS m
  ) bounds
  WHERE i.inhparent = 'public.user_feed'::regclass
  ORDER BY 2
$$;

-- Adds the part [from_id, upto_id) at the upper end; nothing where it is there already.
CREATE FUNCTION feedctl_make_feed_part(from_id bigint, upto_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  name text := 'user_feed_' || from_id;
BEGIN
  IF from_id < 0 OR upto_id <= from_id THEN
    RAISE EXCEPTION 'a part of user_feed must not be empty' USING ERRCODE = '22023';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('feedctl.feed_parts', 0));
  IF to_regclass('public.' || name) IS NOT NULL THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE %I (LIKE user_feed INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', name);
  EXECUTE format('ALTER TABLE user_feed ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, from_id, upto_id);
  RETURN true;
END
$$;
REVOKE ALL ON FUNCTION feedctl_make_feed_part(bigint, bigint) FROM PUBLIC;

-- Drops the oldest part where all of it lies below the floor, and that for longer than any request
-- may last. Emptied first, which holds up nobody; then one short attempt to take it out, which is
-- tried again later where readers are in the way. NULL: nothing to retire.
CREATE FUNCTION feedctl_retire_feed_part() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
  oldest text;
BEGIN
  SELECT p.part INTO oldest FROM feedctl_feed_parts() p, feed_floor f
  WHERE p.upto_id <= f.floor AND f.raised_at < clock_timestamp() - interval '60 seconds'
  ORDER BY p.upto_id LIMIT 1;
  IF oldest IS NULL THEN RETURN NULL; END IF;
  EXECUTE format('DROP TABLE %I', oldest);
  RETURN oldest;
END
$$;
REVOKE ALL ON FUNCTION feedctl_retire_feed_part() FROM PUBLIC;

-- Rows answer for ninety days at first: parts of ten days, two of them ahead.
INSERT INTO feed_floor (floor) VALUES (feedctl_id_at(now() - interval '90 days'));
SELECT feedctl_make_feed_part(feedctl_id_at(now() + (n || ' days')::interval),
                              feedctl_id_at(now() + (n + 10 || ' days')::interval))
FROM generate_series(-90, 20, 10) AS n;

-- Drops the log's oldest part where it is older than `keep` and every reader has passed it. The
-- floor is raised in the same transaction: whoever sees the part gone sees why. NULL: nothing.
CREATE FUNCTION feedctl_retire_event_part(keep interval) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
  oldest text;
  last_xid xid8;
BEGIN
  SELECT c.relname INTO oldest
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'public.events'::regclass
    AND to_date(right(c.relname, 8), 'YYYYMMDD') + 1 <= ((now() - keep) AT TIME ZONE 'UTC')::date
  ORDER BY c.relname LIMIT 1;
  IF oldest IS NULL THEN RETURN NULL; END IF;
  EXECUTE format('SELECT max(xid) FROM %I', oldest) INTO last_xid;
  IF EXISTS (
    SELECT FROM (SELECT at FROM consumers UNION ALL SELECT position FROM hot_state) p
    WHERE pg_snapshot_xmin(p.at) <= last_xid
  ) THEN
    RETURN NULL;
  END IF;
  UPDATE log_state SET floor = greatest(floor, (last_xid::text::numeric + 1)::text::xid8) WHERE last_xid IS NOT NULL;
  EXECUTE format('DROP TABLE %I', oldest);
  RETURN oldest;
END
$$;
REVOKE ALL ON FUNCTION feedctl_retire_event_part(interval) FROM PUBLIC;
