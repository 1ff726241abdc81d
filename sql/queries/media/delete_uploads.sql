-- $1 uploads whose objects are gone, $2 now. One that the client has ended meanwhile stays for its job.
DELETE FROM media_uploads
WHERE id = ANY ($1::bigint[]) AND (state <> 2 OR created_at < $2::timestamptz - interval '7 days')
