-- What is made again needs no note any more.
DO $$
DECLARE
  made text;
BEGIN
  FOR made IN SELECT statement FROM seed_load WHERE of = current_setting('feedctl.seed_table') ORDER BY number LOOP
    EXECUTE made;
  END LOOP;
  DELETE FROM seed_load WHERE of = current_setting('feedctl.seed_table');
END
$$
