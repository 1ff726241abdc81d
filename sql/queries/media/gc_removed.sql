-- $1 ids above this, $2 at most so many. Removed media that no job will remove: it was lost, or became a
-- dead letter. The statement that removes media adds the job, and the one that ends the job deletes the row.
SELECT m.id, m.object_key FROM media m
WHERE m.removed_at IS NOT NULL AND m.id > $1::bigint
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.subject = m.id AND j.kind = 'media.remove')
ORDER BY m.id LIMIT $2::integer
