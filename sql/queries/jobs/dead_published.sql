-- $1 dead letters that the broker has taken
UPDATE dead_events SET published_at = clock_timestamp() WHERE id = ANY ($1::bigint[]) AND published_at IS NULL
