-- $1 now, $2 seconds that a form is good for, $3 seconds that the result is kept, $4 at most so many. An
-- upload whose job was given up stays for a week.
SELECT id FROM media_uploads
WHERE created_at < $1::timestamptz - make_interval(secs => $2::bigint)
  AND (state = 1 OR (created_at < $1 - make_interval(secs => $3::bigint) AND state > 2)
       OR created_at < $1 - interval '7 days')
ORDER BY created_at LIMIT $4::integer
