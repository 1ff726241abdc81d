-- Moves the sequences of ids that other systems keep on by $1. Those of posts contain the time.
SELECT setval('event_id_sequence', nextval('event_id_sequence') + $1::bigint),
       setval('like_id_sequence', nextval('like_id_sequence') + $1::bigint),
       setval('job_id_sequence', nextval('job_id_sequence') + $1::bigint),
       setval('dead_event_id_sequence', nextval('dead_event_id_sequence') + $1::bigint)
