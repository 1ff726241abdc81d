-- View counters. post_views(view_count, base) counts unique views: view_count = base + the post's rows in
-- post_view_seen. Folding a day away adds its rows to `base` and deletes them.
-- Counts from before this table have no rows behind them.
UPDATE post_views SET base = view_count;

-- Who saw which post on which UTC day: a viewer counts once a day. Partitioned by day.
CREATE TABLE post_view_seen (
  post_id bigint NOT NULL,
  user_id bigint NOT NULL,
  day date NOT NULL,
  PRIMARY KEY (post_id, user_id, day)
) PARTITION BY RANGE (day);

-- The ledger of flushed batches of impressions: a batch whose id is here was applied. `orphaned`: counts
-- that were not added, because their content is gone or the batch was dropped after a rollback of Redis.
CREATE TABLE view_flush (
  batch_id text PRIMARY KEY,
  impressions bigint NOT NULL DEFAULT 0,
  contents bigint NOT NULL DEFAULT 0,
  orphaned jsonb,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX view_flush_applied_idx ON view_flush (applied_at);

-- Epochs of the counters in Redis. max_sequence: the highest sequence number of a batch of the epoch that
-- was applied here; Redis showing a smaller one was rolled back. A new epoch is established in Redis after
-- its row is written. drops_live: its establishment sets aside what Redis had counted, as a rollback leaves
-- unknown how much of that was applied before. The newest row is the current epoch.
CREATE TABLE view_epoch (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  epoch text NOT NULL UNIQUE,
  max_sequence bigint NOT NULL DEFAULT 0,
  drops_live boolean NOT NULL DEFAULT false,
  established boolean NOT NULL DEFAULT false,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX view_epoch_one_unestablished ON view_epoch ((true)) WHERE NOT established;

-- ViewsFlushed (13): the views that a flush added, as post, count, post, count, ..; actor and shard 0,
-- object = the number of posts.
ALTER TABLE events ADD COLUMN view_deltas bigint[];

-- Days before `upto` are folded, or being folded: no flush adds views to them. Only `work` moves it, by a clock
-- that has settled, so a clock that jumps makes no flush refuse a view. A flush locks the row for share.
CREATE TABLE view_fold (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  upto date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date - 2
) WITH (fillfactor = 20);
INSERT INTO view_fold DEFAULT VALUES;

-- The days of post_view_seen by their bounds, as feedctl_event_parts().
CREATE FUNCTION feedctl_view_parts() RETURNS TABLE (part text, from_day date, upto_day date)
LANGUAGE sql STABLE SET datestyle = 'ISO' AS $$
  WITH children AS MATERIALIZED (
    SELECT c.relname::text AS part, pg_get_expr(c.relpartbound, c.oid) AS bounds
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.post_view_seen'::regclass
      AND NOT coalesce((to_jsonb(i) ->> 'inhdetachpending')::boolean, false)
  ), bounded AS MATERIALIZED (
    SELECT c.part, regexp_match(c.bounds, 'FROM \(''(.+)''\) TO \(''(.+)''\)') AS m FROM children c
  )
  SELECT b.part, b.m[1]::date, b.m[2]::date FROM bounded b WHERE b.m IS NOT NULL
  ORDER BY 2
$$;

-- Makes the partitions from the day before yesterday to `ahead` days from now; returns how many were new. Also
-- those of earlier days, 60 at most, that are not folded: where nobody made any for a while, views of these days
-- may still wait in Redis.
CREATE FUNCTION feedctl_make_view_parts(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
DECLARE
  today CONSTANT date := now()::date;
  first CONSTANT integer := (SELECT least(-2, greatest(-60, f.upto - today)) FROM view_fold f);
  day date;
  made integer := 0;
BEGIN
  IF ahead IS NULL OR ahead < 0 OR ahead > 60 THEN
    RAISE EXCEPTION 'partitions ahead must lie between 0 and 60' USING ERRCODE = '22023';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('feedctl.view_parts', 0));
  FOR n IN first .. ahead LOOP
    day := today + n;
    CONTINUE WHEN EXISTS (SELECT FROM feedctl_view_parts() p WHERE p.from_day <= day AND p.upto_day > day);
    IF feedctl_make_part('post_view_seen', 'day', 'post_view_seen_' || to_char(day, 'YYYYMMDD'), day::text,
                         (day + 1)::text) THEN
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END
$$;
REVOKE ALL ON FUNCTION feedctl_make_view_parts(integer) FROM PUBLIC;

-- Folds views of the oldest day into post_views.base: at most `max_rows` rows behind (after_post, after_user),
-- in the order of the key, which leave post_view_seen. Returns their number and the last one's key, from which
-- the next call goes on past the dead entries of the index. 0 rows: the next call begins at 0, 0, or, where the
-- day had none left, its partition was dropped. No row: no day is old enough, `at` is null, or another session
-- folds. Only days before view_fold.upto that ended three days before that of `at` are folded.
CREATE FUNCTION feedctl_fold_views(at timestamptz, max_rows integer, after_post bigint, after_user bigint)
RETURNS TABLE (folded bigint, last_post bigint, last_user bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '100ms'
SET enable_seqscan = off AS $$
DECLARE
  oldest text;
  has_rows boolean;
BEGIN
  IF max_rows IS NULL OR max_rows < 1 THEN
    RAISE EXCEPTION 'at least one row must be folded at once' USING ERRCODE = '22023';
  END IF;
  IF at IS NULL OR NOT pg_try_advisory_xact_lock(hashtextextended('feedctl.fold_views', 0)) THEN RETURN; END IF;
  SELECT p.part INTO oldest FROM feedctl_view_parts() p
  WHERE p.upto_day <= least(least(at, now())::date - 3, (SELECT f.upto FROM view_fold f))
  ORDER BY p.from_day LIMIT 1;
  IF oldest IS NULL THEN RETURN; END IF;
  EXECUTE format(
    'WITH gone AS MATERIALIZED ('
    '  DELETE FROM %1$I WHERE ctid = ANY (ARRAY('
    '    SELECT ctid FROM %1$I WHERE (post_id, user_id) > ($1, $2) ORDER BY post_id, user_id LIMIT $3))'
    '  RETURNING post_id, user_id'
    '), sums AS MATERIALIZED (SELECT post_id, count(*) AS n FROM gone GROUP BY post_id),'
    'locked AS MATERIALIZED ('
    '  SELECT v.post_id FROM post_views v WHERE v.post_id = ANY (ARRAY(SELECT s.post_id FROM sums s))'
    '  ORDER BY v.post_id FOR UPDATE'
    '), raised AS ('
    '  UPDATE post_views v SET base = v.base + s.n FROM sums s JOIN locked l USING (post_id)'
    '  WHERE v.post_id = s.post_id'
    ') SELECT count(*), max(post_id), (SELECT user_id FROM gone ORDER BY post_id DESC, user_id DESC LIMIT 1)'
    '  FROM gone', oldest)
  INTO folded, last_post, last_user USING coalesce(after_post, 0), coalesce(after_user, 0), max_rows;
  IF folded = 0 THEN
    -- The look through dead rows holds up nobody: only the drop takes the parent's lock.
    EXECUTE format('LOCK TABLE %I IN SHARE MODE', oldest);
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', oldest) INTO has_rows;
    IF NOT has_rows THEN
      LOCK TABLE ONLY post_view_seen IN ACCESS EXCLUSIVE MODE;
      EXECUTE format('DROP TABLE %I', oldest);
    END IF;
    last_post := 0;
    last_user := 0;
  END IF;
  RETURN NEXT;
END
$$;
REVOKE ALL ON FUNCTION feedctl_fold_views(timestamptz, integer, bigint, bigint) FROM PUBLIC;
SELECT feedctl_make_view_parts(2);
