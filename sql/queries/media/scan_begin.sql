-- $1 gc or verify, from its beginning.
INSERT INTO media_scans (name) VALUES ($1)
ON CONFLICT (name) DO UPDATE
SET cursor = '', started_at = clock_timestamp(), moved_at = clock_timestamp(), finished_at = NULL
