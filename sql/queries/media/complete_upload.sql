-- $1 an upload that waits, $2 its owner or null. From now on it is processing, by a job. Nothing happens
-- to one that is further, or another's.
WITH taken AS (
  UPDATE media_uploads SET state = 2
  WHERE id = $1::bigint AND state = 1 AND owner_id IS NOT DISTINCT FROM $2::bigint
  RETURNING id
)
INSERT INTO jobs (kind, lane, subject, wait) SELECT 'media.complete_upload', 1, id, interval '0' FROM taken
