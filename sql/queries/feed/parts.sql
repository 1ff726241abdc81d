-- $1 days that rows answer for. The parts with the first ids of now and of that many days ago.
SELECT p.from_id, p.upto_id, p.estimated_rows, feedctl_id_at(now()),
       feedctl_id_at(now() - make_interval(days => $1::integer))
FROM feedctl_feed_parts() p
ORDER BY p.from_id
