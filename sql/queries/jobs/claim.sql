-- $1 priority, $2 milliseconds of the claim, $3 whether no other job is at work in this process, $4 kinds
-- that this process cannot run: they are left to others. The job
-- that has waited longest; one whose claim ran out has ended its process, or that process stands
-- still. Such a one is claimed alone: else its row comes without claim. By the statement's time,
-- which the index can end at: clock_timestamp() would have it read all that wait for later. Where a
-- clock that is ahead must not shorten the wait, upkeep_clock has the last word.
WITH next AS (
  SELECT id, crashes > 0 OR claimed_until IS NOT NULL AS suspect FROM jobs
  WHERE lane = $1::smallint AND not_before <= statement_timestamp() AND kind <> ALL ($4::text[])
    AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
    AND (not_before_uptime_ms IS NULL OR not_before_uptime_ms <= (SELECT uptime_ms FROM upkeep_clock))
  ORDER BY not_before, id
  LIMIT 1 FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE jobs j
  SET claim = j.claim + 1, crashes = j.crashes + (j.claimed_until IS NOT NULL)::integer,
      claimed_until = clock_timestamp() + $2::bigint * interval '1 millisecond'
  FROM next WHERE j.id = next.id AND ($3::boolean OR NOT next.suspect)
  RETURNING j.id, j.claim, j.kind, j.subject, j.payload::text, j.cursor, j.done, j.attempts, j.crashes
)
SELECT next.id, c.claim, c.kind, c.subject, c.payload, c.cursor, c.done, c.attempts, c.crashes
FROM next LEFT JOIN claimed c ON c.id = next.id
