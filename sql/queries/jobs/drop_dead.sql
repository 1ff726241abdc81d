DELETE FROM dead_events WHERE id = $1::bigint RETURNING kind, subject
