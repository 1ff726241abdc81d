-- $1 gc or verify.
SELECT cursor FROM media_scans WHERE name = $1 AND finished_at IS NULL
