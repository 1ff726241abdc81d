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
-- from it; null: unknown, by a feedctl before this, which may write for as long as it runs.
-- not_before_uptime_ms: nor before upkeep_clock.uptime_ms is that much, where a clock that is ahead must
-- not shorten the wait.
ALTER TABLE jobs ADD COLUMN wait interval;
ALTER TABLE jobs ADD COLUMN not_before_uptime_ms bigint;

-- How far ahead of a right clock a job's not_before may lie: also one that failed in a feedctl before
-- this, which left `wait` as it was and waits for five minutes at most.
CREATE FUNCTION feedctl_longest_wait(kind text, wait interval) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
  SELECT greatest(
    coalesce(wait, CASE kind WHEN 'remove_account' THEN interval '10 years' ELSE interval '5 minutes' END),
    interval '5 minutes')
$$;

-- Days that rows were to answer for when the floor was raised last; null: before this was noted.
ALTER TABLE feed_floor ADD COLUMN days integer;
-- Where the floor was lowered and all users' rows are to be filled anew: the last user that has begun to
-- be, or 0; null: nobody is left.
ALTER TABLE feed_floor ADD COLUMN fill_after bigint;
