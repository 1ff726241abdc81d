-- Has anybody written to the database since the load began? The load itself writes no events.
SELECT EXISTS (SELECT FROM events)
