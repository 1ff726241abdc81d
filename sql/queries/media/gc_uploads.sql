-- $1 uploads that quarantined objects name: those that wait for their object, or for their job.
SELECT id FROM media_uploads WHERE id = ANY ($1::bigint[]) AND state IN (1, 2)
