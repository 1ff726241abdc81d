-- The clock that destructive upkeep goes by. uptime_ms: how long processes have kept this row, by their
-- steady clocks; steady_since_ms: its value when the server's clock was last seen to jump; seen_at: the
-- server's time at the last look. One row; whoever advances it holds its lock.
CREATE TABLE upkeep_clock (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  uptime_ms bigint NOT NULL DEFAULT 0,
  steady_since_ms bigint NOT NULL DEFAULT 0,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 20);
INSERT INTO upkeep_clock DEFAULT VALUES;

-- wait: how far ahead of the clock not_before was set, so that one which a wrong clock has set is told
-- from it. not_before_uptime_ms: nor before upkeep_clock.uptime_ms is that much, where a clock that is
-- ahead must not shorten the wait.
ALTER TABLE jobs ADD COLUMN wait interval NOT NULL DEFAULT '0';
ALTER TABLE jobs ADD COLUMN not_before_uptime_ms bigint;
UPDATE jobs SET wait = least(not_before - clock_timestamp(),
                             CASE WHEN kind = 'remove_account' THEN interval '10 years' ELSE interval '5 minutes' END)
WHERE not_before > clock_timestamp();

-- Days that rows were to answer for when the floor was raised last; null: before this was noted.
ALTER TABLE feed_floor ADD COLUMN days integer;

-- As before, or where the first part begins: a floor that is lowered needs parts below.
CREATE OR REPLACE FUNCTION feedctl_make_feed_part(from_id bigint, upto_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  name text := 'user_feed_' || from_id;
  first_begin bigint;
  last_end bigint;
BEGIN
  IF from_id IS NULL OR upto_id IS NULL OR from_id < 0 OR upto_id <= from_id THEN
    RAISE EXCEPTION 'a part of user_feed must not be empty' USING ERRCODE = '22023';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('feedctl.feed_parts', 0));
  IF to_regclass('public.' || name) IS NOT NULL THEN RETURN false; END IF;
  SELECT min(p.from_id), max(p.upto_id) INTO first_begin, last_end FROM feedctl_feed_parts() p;
  IF from_id <> last_end AND upto_id <> first_begin THEN
    RAISE EXCEPTION 'a part of user_feed must begin at %, where the last one ends, or end at %, where the first one begins',
      last_end, first_begin USING ERRCODE = '22023';
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE user_feed INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', name);
  EXECUTE format('ALTER TABLE user_feed ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, from_id, upto_id);
  RETURN true;
END
$$;
