-- $1, $2, $3 seconds that a job of the lanes 0, 1 and 2 may be due: jobs and, for each that is due
-- longer, id, kind, subject, seconds.
SELECT (SELECT count(*) FROM jobs), l.id, l.kind, l.subject, l.seconds
FROM (SELECT) one LEFT JOIN (
  SELECT id, kind, subject, extract(epoch FROM clock_timestamp() - greatest(created_at, not_before))::bigint AS seconds
  FROM jobs
  WHERE greatest(created_at, not_before) < clock_timestamp()
          - make_interval(secs => (ARRAY[$1::integer, $2::integer, $3::integer])[lane + 1])
  ORDER BY id LIMIT 1000
) l ON true
ORDER BY l.id
