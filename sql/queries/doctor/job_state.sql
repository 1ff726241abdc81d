-- Jobs that are due, with the seconds that the first of them has waited; dead letters, of the first 100,000, with the
-- seconds since the newest and its kind.
SELECT due.count, due.waited, dead.count, dead.newest, dead.kind
FROM (SELECT count(*) AS count,
             greatest(coalesce(extract(epoch FROM clock_timestamp() - min(not_before)), 0), 0)::bigint AS waited
      FROM jobs WHERE not_before <= now()) due,
     (SELECT count(*) AS count,
             extract(epoch FROM clock_timestamp() - max(died_at))::bigint AS newest,
             (SELECT kind FROM dead_events ORDER BY id DESC LIMIT 1) AS kind
      FROM (SELECT died_at FROM dead_events LIMIT 100000) d) dead
