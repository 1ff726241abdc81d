-- Of the view counters: an epoch that no flush has established in Redis, or null, and for how many seconds;
-- whether a view of today has a partition; days since the oldest partition should have been folded, or null.
SELECT e.epoch, e.age,
       EXISTS (SELECT FROM feedctl_view_parts() p WHERE p.from_day <= t.today AND p.upto_day > t.today),
       (SELECT (t.today - 3 - min(p.upto_day))::bigint FROM feedctl_view_parts() p)
FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS today) t
LEFT JOIN LATERAL (
  SELECT epoch, greatest(extract(epoch FROM clock_timestamp() - started_at), 0)::bigint AS age
  FROM view_epoch WHERE NOT established ORDER BY id DESC LIMIT 1
) e ON true
