-- $1 an upload, $2 its media, or null and $3 why it was refused.
UPDATE media_uploads
SET state = CASE WHEN $2::bigint IS NULL THEN 4 ELSE 3 END, media_id = $2, problem = $3
WHERE id = $1::bigint AND state = 2
