-- How far a filling feed is within the posts of the followee at `cursor`: from the newest down to this
-- one they are done. Null: all of them.
ALTER TABLE feed_state ADD COLUMN cursor_post bigint;

-- As before, but only where the last part ends: a gap would refuse its posts' rows for ever.
CREATE OR REPLACE FUNCTION feedctl_make_feed_part(from_id bigint, upto_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  name text := 'user_feed_' || from_id;
  last_end bigint;
BEGIN
  IF from_id IS NULL OR upto_id IS NULL OR from_id < 0 OR upto_id <= from_id THEN
    RAISE EXCEPTION 'a part of user_feed must not be empty' USING ERRCODE = '22023';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('feedctl.feed_parts', 0));
  IF to_regclass('public.' || name) IS NOT NULL THEN RETURN false; END IF;
  SELECT max(p.upto_id) INTO last_end FROM feedctl_feed_parts() p;
  IF from_id <> last_end THEN
    RAISE EXCEPTION 'a part of user_feed must begin at %, where the last one ends', last_end USING ERRCODE = '22023';
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE user_feed INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', name);
  EXECUTE format('ALTER TABLE user_feed ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, from_id, upto_id);
  RETURN true;
END
$$;

-- Retires the oldest part where all of it lies below the floor, and that for longer than any request may
-- last. Two calls: the first empties it, which gives back its space and needs the part alone; the next
-- drops it, which needs all of user_feed but has no files left to unlink meanwhile. Either waits for readers
-- for 100 ms at most, and then fails (55P03) and is tried again later; whoever comes meanwhile waits as
-- long. The part's name; '' once it is empty and still there; NULL: nothing to retire, or another does.
CREATE OR REPLACE FUNCTION feedctl_retire_feed_part() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
  oldest text;
  full_still boolean;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('feedctl.feed_parts', 0)) THEN RETURN NULL; END IF;
  SELECT p.part INTO oldest FROM feedctl_feed_parts() p, feed_floor f
  WHERE p.upto_id <= f.floor AND f.raised_at < clock_timestamp() - interval '60 seconds'
  ORDER BY p.upto_id LIMIT 1;
  IF oldest IS NULL THEN RETURN NULL; END IF;
  EXECUTE format('SELECT EXISTS (SELECT FROM %I)', oldest) INTO full_still;
  IF full_still THEN
    EXECUTE format('TRUNCATE %I', oldest);
    RETURN '';
  END IF;
  EXECUTE format('DROP TABLE %I', oldest);
  RETURN oldest;
END
$$;
