-- The partitions of `events` and `user_feed` by their bounds, never by their names: a table may have a
-- part's name and be none (DETACH), and a part may have any name. One without bounds (DEFAULT), one that
-- is being detached, and one that is open at an end by MINVALUE or MAXVALUE in user_feed, is not among
-- these. Each list is MATERIALIZED: the planner puts a caller's condition where it likes, also before the
-- join that leaves the relations of others out.
CREATE FUNCTION feedctl_event_parts() RETURNS TABLE (part text, from_at timestamptz, upto_at timestamptz)
LANGUAGE sql STABLE SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
  WITH children AS MATERIALIZED (
    SELECT c.relname::text AS part, pg_get_expr(c.relpartbound, c.oid) AS bounds
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.events'::regclass
      AND NOT coalesce((to_jsonb(i) ->> 'inhdetachpending')::boolean, false)
  ), bounded AS MATERIALIZED (
    SELECT c.part, regexp_match(c.bounds, 'FROM \((.+)\) TO \((.+)\)') AS m FROM children c
  )
  SELECT b.part,
         CASE b.m[1] WHEN 'MINVALUE' THEN '-infinity' ELSE btrim(b.m[1], '''') END::timestamptz,
         CASE b.m[2] WHEN 'MAXVALUE' THEN 'infinity' ELSE btrim(b.m[2], '''') END::timestamptz
  FROM bounded b WHERE b.m IS NOT NULL
  ORDER BY 2
$$;

CREATE OR REPLACE FUNCTION feedctl_feed_parts()
RETURNS TABLE (part text, from_id bigint, upto_id bigint, estimated_rows bigint)
LANGUAGE sql STABLE AS $$
  WITH children AS MATERIALIZED (
    SELECT c.relname::text AS part, c.reltuples, pg_get_expr(c.relpartbound, c.oid) AS bounds
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.user_feed'::regclass
      AND NOT coalesce((to_jsonb(i) ->> 'inhdetachpending')::boolean, false)
  ), bounded AS MATERIALIZED (
    SELECT c.part, c.reltuples, regexp_match(c.bounds, 'FROM \(''(-?\d+)''\) TO \(''(-?\d+)''\)') AS m
    FROM children c
  )
  SELECT b.part, b.m[1]::bigint, b.m[2]::bigint, greatest(b.reltuples, 0)::bigint
  FROM bounded b WHERE b.m IS NOT NULL
  ORDER BY 2
$$;

-- What these functions may look into and empty: one that another role owns they leave alone.
CREATE FUNCTION feedctl_may_move(part regclass) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT part IS NOT NULL AND has_table_privilege(part, 'SELECT') AND has_table_privilege(part, 'DELETE')
$$;

-- The DEFAULT partition, which takes what no other does; null: there is none.
CREATE FUNCTION feedctl_default_part(parent regclass) RETURNS regclass LANGUAGE sql STABLE AS $$
  SELECT nullif(partdefid, 0)::regclass FROM pg_partitioned_table WHERE partrelid = parent
$$;

-- Days from that of `at` on, without a gap, for which the log has parts: 7 = that day and seven more.
-- -1: no part takes an event of `at`.
CREATE FUNCTION feedctl_event_parts_ahead(at timestamptz) RETURNS integer LANGUAGE sql STABLE AS $$
  WITH RECURSIVE parts AS MATERIALIZED (
    SELECT p.from_at, least(p.upto_at, at + interval '100 days') AS upto_at FROM feedctl_event_parts() p
  ), reach AS (
    SELECT p.upto_at FROM parts p WHERE p.from_at <= at AND p.upto_at > at
    UNION ALL
    SELECT p.upto_at FROM reach r JOIN parts p ON p.from_at = r.upto_at
  )
  SELECT CASE WHEN count(*) = 0 THEN -1 ELSE greatest(
    floor(date_part('epoch', max(upto_at) - date_trunc('day', at, 'UTC')) / 86400)::integer - 1, 0) END
  FROM reach
$$;
CREATE OR REPLACE FUNCTION feedctl_event_parts_ahead() RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT feedctl_event_parts_ahead(now())
$$;

-- Whether the DEFAULT partition holds more of [lower, upper) than may be moved while all writers wait, or is
-- so large that they would wait for the look through it that ATTACH takes. `feedctl migrate up`, which has
-- no time-out, moves however much there is.
CREATE FUNCTION feedctl_too_much_to_move(parent regclass, key name, lower text, upper text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  most CONSTANT integer := 20000;
  most_bytes CONSTANT bigint := 256 << 20;
  rest regclass := feedctl_default_part(parent);
  held integer;
BEGIN
  IF current_setting('statement_timeout') = '0' OR NOT feedctl_may_move(rest) THEN RETURN false; END IF;
  IF pg_relation_size(rest) > most_bytes THEN RETURN true; END IF;
  EXECUTE format('SELECT count(*) FROM (SELECT FROM %1$s WHERE %2$I >= %3$L AND %2$I < %4$L LIMIT %5$s) held',
                 rest, key, lower, upper, most + 1)
  INTO held;
  RETURN held > most;
END
$$;
REVOKE ALL ON FUNCTION feedctl_too_much_to_move(regclass, name, text, text) FROM PUBLIC;

-- Attaches `part`, with what the DEFAULT partition holds within its bounds: else that would keep it out.
-- Internal to these functions, like the next one: whoever calls them is the owner.
CREATE FUNCTION feedctl_attach_part(parent regclass, key name, part text, lower text, upper text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  rest regclass := feedctl_default_part(parent);
  columns text;
BEGIN
  IF feedctl_may_move(rest) THEN
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', rest);
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
    FROM pg_attribute WHERE attrelid = parent AND attnum > 0 AND NOT attisdropped;
    EXECUTE format('WITH moved AS (DELETE FROM %1$s WHERE %2$I >= %3$L AND %2$I < %4$L RETURNING *) '
                   'INSERT INTO %5$I (%6$s) SELECT %6$s FROM moved', rest, key, lower, upper, part, columns);
  END IF;
  EXECUTE format('ALTER TABLE %s ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, lower, upper);
END
$$;
REVOKE ALL ON FUNCTION feedctl_attach_part(regclass, name, text, text, text) FROM PUBLIC;

-- Makes the part [lower, upper); false, and nothing is done, where there is too much to move to it. A table
-- of its name that is no part was one, and was detached: it comes back with its rows. Where it does not fit
-- it stays as it is, and the part gets another name.
-- CREATE .. LIKE and ATTACH, because CREATE .. PARTITION OF would wait for every open writer.
CREATE FUNCTION feedctl_make_part(parent regclass, key name, wanted text, lower text, upper text) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  part text := wanted;
BEGIN
  IF feedctl_too_much_to_move(parent, key, lower, upper) THEN RETURN false; END IF;
  FOR number IN 2 .. 1000 LOOP
    EXIT WHEN to_regclass(format('public.%I', part)) IS NULL;
    IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(format('public.%I', part))) THEN
      BEGIN
        PERFORM feedctl_attach_part(parent, key, part, lower, upper);
        RETURN true;
      EXCEPTION
        WHEN lock_not_available OR deadlock_detected THEN RAISE;
        WHEN OTHERS THEN RAISE LOG 'table % does not fit as a part of %: %', part, parent, SQLERRM;
      END;
    END IF;
    part := wanted || '_' || number;
  END LOOP;
  EXECUTE format('CREATE TABLE %I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', part,
                 parent);
  PERFORM feedctl_attach_part(parent, key, part, lower, upper);
  RETURN true;
END
$$;
REVOKE ALL ON FUNCTION feedctl_make_part(regclass, name, text, text, text) FROM PUBLIC;

-- As before, but where there is no part rather than where there is no table: of each day from yesterday to
-- `ahead` days from now, and of each that the DEFAULT partition holds events of, what no part takes yet; but
-- for what it holds too much of, which it goes on taking.
CREATE OR REPLACE FUNCTION feedctl_make_event_parts(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  today timestamptz := date_trunc('day', now());
  days timestamptz[];
  held timestamptz[];
  day timestamptz;
  lower timestamptz;
  upper timestamptz;
  made integer := 0;
BEGIN
  IF ahead IS NULL OR ahead < 0 OR ahead > 60 THEN
    RAISE EXCEPTION 'parts ahead must lie between 0 and 60' USING ERRCODE = '22023';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('feedctl.event_parts', 0));
  days := ARRAY(SELECT today + n * interval '1 day' FROM generate_series(-1, ahead) AS n);
  IF feedctl_may_move(feedctl_default_part('events')) THEN
    EXECUTE format('SELECT array_agg(DISTINCT date_trunc(''day'', at)) FROM %s', feedctl_default_part('events'))
    INTO held;
  END IF;
  FOREACH day IN ARRAY days || coalesce(held, '{}') LOOP
    lower := day;
    WHILE lower < day + interval '1 day' LOOP
      SELECT max(p.upto_at) INTO upper FROM feedctl_event_parts() p WHERE p.from_at <= lower AND p.upto_at > lower;
      IF upper IS NULL THEN
        SELECT least(day + interval '1 day', min(p.from_at)) INTO upper
        FROM feedctl_event_parts() p WHERE p.from_at > lower;
        IF feedctl_make_part('events', 'at', 'events_' || to_char(day, 'YYYYMMDD'), lower::text, upper::text) THEN
          made := made + 1;
        END IF;
      END IF;
      lower := upper;
    END LOOP;
  END LOOP;
  RETURN made;
END
$$;

-- As before, but where no part begins there yet rather than where no table has its name; also where the
-- first part begins.
CREATE OR REPLACE FUNCTION feedctl_make_feed_part(from_id bigint, upto_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  first_begin bigint;
  last_end bigint;
BEGIN
  IF from_id IS NULL OR upto_id IS NULL OR from_id < 0 OR upto_id <= from_id THEN
    RAISE EXCEPTION 'a part of user_feed must not be empty' USING ERRCODE = '22023';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('feedctl.feed_parts', 0));
  IF EXISTS (SELECT FROM feedctl_feed_parts() p WHERE p.from_id = feedctl_make_feed_part.from_id) THEN
    RETURN false;
  END IF;
  SELECT min(p.from_id), max(p.upto_id) INTO first_begin, last_end FROM feedctl_feed_parts() p;
  IF from_id <> last_end AND upto_id <> first_begin THEN
    RAISE EXCEPTION 'a part of user_feed must begin at %, where the last ends, or end at %, where the first begins',
      last_end, first_begin USING ERRCODE = '22023';
  END IF;
  RETURN feedctl_make_part('user_feed', 'post_id', 'user_feed_' || from_id, from_id::text, upto_id::text);
END
$$;

-- Makes what user_feed lacks between the floor and tomorrow's ids: parts of ten days, or of as many as make
-- twenty parts, however far a clock is ahead. Returns how many that were.
CREATE FUNCTION feedctl_fill_feed_parts() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  ten_days CONSTANT bigint := (10 * bigint '86400000') << 12;
  wanted CONSTANT bigint := feedctl_id_at(now() + interval '1 day');
  lower bigint;
  upper bigint;
  length bigint;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('feedctl.feed_parts', 0));
  SELECT least((SELECT f.floor FROM feed_floor f), min(p.from_id)) INTO lower FROM feedctl_feed_parts() p;
  LOOP
    SELECT max(p.upto_id) INTO upper FROM feedctl_feed_parts() p WHERE p.from_id <= lower AND p.upto_id > lower;
    IF upper IS NULL THEN
      EXIT WHEN lower > wanted;
      length := coalesce(length, greatest(ten_days, (wanted - lower) / 20));
      SELECT least(lower + length, min(p.from_id)) INTO upper FROM feedctl_feed_parts() p WHERE p.from_id > lower;
      IF feedctl_make_part('user_feed', 'post_id', 'user_feed_' || lower, lower::text, upper::text) THEN
        made := made + 1;
      END IF;
    END IF;
    lower := upper;
  END LOOP;
  RETURN made;
END
$$;
REVOKE ALL ON FUNCTION feedctl_fill_feed_parts() FROM PUBLIC;

-- The moment of the event that was written last; null: the log is empty.
CREATE FUNCTION feedctl_newest_event_at() RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT e.at FROM events e ORDER BY e.xid DESC, e.id DESC LIMIT 1
$$;

-- As before, but `at` is what time it is, and a part goes only where the newest event in the log says so,
-- too: however far ahead the clock is, neither the newest events' part goes, nor what is younger than
-- `keep` beside them.
CREATE FUNCTION feedctl_retire_event_part(keep interval, at timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
  oldest text;
  last_xid xid8;
  newest timestamptz := feedctl_newest_event_at();
BEGIN
  IF keep IS NULL OR keep < interval '0' THEN
    RAISE EXCEPTION 'events must be kept for no less than no time' USING ERRCODE = '22023';
  END IF;
  SELECT p.part INTO oldest FROM feedctl_event_parts() p
  WHERE at IS NOT NULL AND newest IS NOT NULL AND p.upto_at <= least(at, newest) - keep
  ORDER BY p.upto_at LIMIT 1;
  IF oldest IS NULL THEN RETURN NULL; END IF;
  FOR look IN 1 .. 2 LOOP
    EXECUTE format('SELECT max(xid) FROM %I', oldest) INTO last_xid;
    IF EXISTS (
      SELECT FROM (SELECT c.at FROM consumers c UNION ALL SELECT h.position FROM hot_state h) p
      WHERE pg_snapshot_xmin(p.at) <= last_xid
    ) THEN
      RETURN NULL;
    END IF;
    -- In the order in which the drop and everybody else take them.
    IF look = 1 THEN
      LOCK TABLE ONLY events IN ACCESS EXCLUSIVE MODE;
      EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', oldest);
    END IF;
  END LOOP;
  UPDATE log_state SET floor = greatest(floor, (last_xid::text::numeric + 1)::text::xid8) WHERE last_xid IS NOT NULL;
  EXECUTE format('DROP TABLE %I', oldest);
  RETURN oldest;
END
$$;
REVOKE ALL ON FUNCTION feedctl_retire_event_part(interval, timestamptz) FROM PUBLIC;
CREATE OR REPLACE FUNCTION feedctl_retire_event_part(keep interval) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT feedctl_retire_event_part(keep, now())
$$;
