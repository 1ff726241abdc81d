-- $1 days that rows answer for, $2 the time to count them from, or null. The partitions with the first ids of
-- now and of that many days before $2.
SELECT p.from_id, p.upto_id, p.estimated_rows, feedctl_id_at(now()),
       feedctl_id_at($2::timestamptz - make_interval(days => $1::integer))
FROM feedctl_feed_parts() p
ORDER BY p.from_id
