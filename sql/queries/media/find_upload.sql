-- $1 an upload. With the summary of the image that came of it, while that is there.
SELECT u.owner_id, u.content_type, u.state, u.problem, m.summary
FROM media_uploads u LEFT JOIN media m ON m.id = u.media_id AND m.removed_at IS NULL
WHERE u.id = $1::bigint
