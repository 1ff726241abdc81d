-- $1 milliseconds that events are kept, $2 what time it is, as far as that may be trusted.
SELECT feedctl_retire_event_part($1::bigint * interval '1 millisecond', least($2::timestamptz, now()))
