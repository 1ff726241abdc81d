-- Begins now: what is older has been looked at by the workers themselves.
INSERT INTO consumers (name, slot, at) VALUES ('relay', 0, pg_current_snapshot())
ON CONFLICT (name, slot) DO UPDATE SET moved_at = clock_timestamp()
