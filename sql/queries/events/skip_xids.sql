-- Uses up transaction ids to the setting feedctl.skip_to, a hundred thousand at most. Each is that of a
-- transaction that is rolled back, so none is in a snapshot that runs on.
DO $$
BEGIN
  FOR i IN 1 .. 100000 LOOP
    EXIT WHEN pg_current_xact_id()::text::numeric >= current_setting('feedctl.skip_to')::numeric;
    ROLLBACK;
  END LOOP;
END
$$
