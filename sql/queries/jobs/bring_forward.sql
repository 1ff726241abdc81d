-- Jobs and claims that a clock which was ahead has put off: the job waits as long as it was to from now
-- (where that is unknown: as long as it may), and the claim has run out. Who is at work holds the row's lock, and is left alone.
UPDATE jobs j
SET created_at = least(j.created_at, clock_timestamp()),
    not_before = CASE
      WHEN j.not_before - feedctl_longest_wait(j.kind, j.wait) > clock_timestamp() + interval '1 minute'
      THEN clock_timestamp() + coalesce(j.wait, feedctl_longest_wait(j.kind, j.wait))
      ELSE j.not_before END,
    claimed_until = CASE WHEN j.claimed_until > clock_timestamp() + interval '1 minute' THEN clock_timestamp()
                         ELSE j.claimed_until END
WHERE j.id IN (
  SELECT id FROM jobs
  WHERE not_before - feedctl_longest_wait(kind, wait) > clock_timestamp() + interval '1 minute'
     OR claimed_until > clock_timestamp() + interval '1 minute'
  ORDER BY id LIMIT 10000
  FOR UPDATE SKIP LOCKED
)
