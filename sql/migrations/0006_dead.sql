-- Which dead letters the broker has been told of; null: not yet, or there is none.
ALTER TABLE dead_events ADD COLUMN published_at timestamptz;
CREATE INDEX dead_events_unpublished_idx ON dead_events (id) WHERE published_at IS NULL;
