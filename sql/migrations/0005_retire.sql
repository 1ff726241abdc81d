-- As before, but looks again at what the part holds once nobody can write to it: a transaction that
-- was open for as long as events are kept may commit while the drop waits for it, and what it wrote
-- nobody has read. Only a time in the past is taken.
CREATE OR REPLACE FUNCTION feedctl_retire_event_part(keep interval) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
  oldest text;
  last_xid xid8;
BEGIN
  IF keep IS NULL OR keep < interval '0' THEN
    RAISE EXCEPTION 'events must be kept for no less than no time' USING ERRCODE = '22023';
  END IF;
  SELECT c.relname INTO oldest
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'public.events'::regclass
    AND to_date(right(c.relname, 8), 'YYYYMMDD') + 1 <= ((now() - keep) AT TIME ZONE 'UTC')::date
  ORDER BY c.relname LIMIT 1;
  IF oldest IS NULL THEN RETURN NULL; END IF;
  FOR look IN 1 .. 2 LOOP
    EXECUTE format('SELECT max(xid) FROM %I', oldest) INTO last_xid;
    IF EXISTS (
      SELECT FROM (SELECT at FROM consumers UNION ALL SELECT position FROM hot_state) p
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
