-- $1 ids above this, $2 at most so many. Shown media: what its objects should be, whether it is what its
-- post or user shows, and whether it waits for a job that nobody has. An image of a deleted post or user
-- counts as shown for ten minutes: the event that removes it may wait.
SELECT m.id, m.kind, m.subject_id, m.state, m.object_key, m.byte_count, m.thumbnails,
       CASE m.kind WHEN 1 THEN EXISTS (
         SELECT FROM posts p WHERE p.id = m.subject_id AND p.image_id = m.id
           AND (p.deleted_at IS NULL OR p.deleted_at > clock_timestamp() - interval '10 minutes'))
       ELSE EXISTS (
         SELECT FROM users u WHERE u.id = m.subject_id AND u.avatar_id = m.id
           AND (u.deleted_at IS NULL OR u.deleted_at > clock_timestamp() - interval '10 minutes'))
       END,
       m.state = 1 AND NOT EXISTS (SELECT FROM jobs j WHERE j.subject = m.id AND j.kind = 'media.process')
FROM media m
WHERE m.removed_at IS NULL AND m.id > $1::bigint
ORDER BY m.id LIMIT $2::integer
