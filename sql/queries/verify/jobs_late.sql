-- $1, $2, $3 seconds that a job of the priorities 0, 1 and 2 may be due: jobs and, for each that is due
-- longer, id, kind, subject, seconds, false; for each that waits for over a minute longer than it was to,
-- or whose claim lies as far ahead, the seconds that are too many, true. One that waits by upkeep_clock
-- is not due yet.
SELECT (SELECT count(*) FROM jobs), l.id, l.kind, l.subject, l.seconds, l.put_off
FROM (SELECT) one LEFT JOIN (
  SELECT id, kind, subject, put_off,
         extract(epoch FROM CASE WHEN put_off THEN ahead ELSE clock_timestamp() - not_before END)::bigint AS seconds
  FROM (
    SELECT j.*, a.ahead, coalesce(a.ahead > interval '1 minute', false) AS put_off
    FROM jobs j
    CROSS JOIN LATERAL (
      SELECT greatest(not_before - feedctl_longest_wait(kind, wait), claimed_until) - clock_timestamp() AS ahead
    ) a
  ) j
  WHERE put_off
     OR not_before < clock_timestamp()
          - make_interval(secs => (ARRAY[$1::integer, $2::integer, $3::integer])[lane + 1])
        AND coalesce(not_before_uptime_ms <= (SELECT uptime_ms FROM upkeep_clock), true)
  ORDER BY id LIMIT 1000
) l ON true
ORDER BY l.id
