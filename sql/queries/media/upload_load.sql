-- $1 an upload that the client has ended, and whether its owner is an admin. No row: it waits still, or it
-- is over.
SELECT kind, subject_id, owner_id, content_type,
       EXISTS (SELECT FROM users u WHERE u.id = owner_id AND u.role = 'admin' AND u.deleted_at IS NULL)
FROM media_uploads WHERE id = $1::bigint AND state = 2
