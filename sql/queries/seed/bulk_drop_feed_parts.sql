DO $$
DECLARE
  gone text;
BEGIN
  FOR gone IN SELECT part FROM feedctl_feed_parts() LOOP EXECUTE format('DROP TABLE %I', gone); END LOOP;
END
$$
