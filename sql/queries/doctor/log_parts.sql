-- Of the log, where events are kept for $1 milliseconds: days ahead; the DEFAULT partition, or null; days
-- since the oldest partition should have gone, by the newest event, or null.
SELECT feedctl_event_parts_ahead(now()),
       feedctl_default_part('events')::text,
       (SELECT floor(date_part('epoch', least(now(), max(newest.at)) - $1::bigint * interval '1 millisecond'
                                        - min(p.upto_at)) / 86400)::bigint
        FROM feedctl_event_parts() p, (SELECT feedctl_newest_event_at() AS at) newest
        WHERE isfinite(p.upto_at) AND newest.at IS NOT NULL)
