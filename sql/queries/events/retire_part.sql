SELECT feedctl_retire_event_part($1::bigint * interval '1 millisecond')
