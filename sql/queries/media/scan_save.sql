-- $1 gc or verify, $2 how far it is, $3 whether that was all.
UPDATE media_scans
SET cursor = $2, moved_at = clock_timestamp(),
    finished_at = CASE WHEN $3::boolean THEN clock_timestamp() END
WHERE name = $1
