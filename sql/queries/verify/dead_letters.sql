SELECT count(*) FROM dead_events
