-- $1 posts: post and likes, where no living post has them and nothing will still remove them.
SELECT o.id, (SELECT count(*) FROM likes l WHERE l.post_id = o.id)
FROM unnest($1::bigint[]) AS o(id)
WHERE NOT EXISTS (SELECT FROM post_likes c WHERE c.post_id = o.id)
  AND NOT EXISTS (SELECT FROM posts p WHERE p.id = o.id AND p.deleted_at IS NULL)
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.subject = o.id AND j.kind = 'remove_likes')
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'event' AND (j.payload->>'object')::bigint = o.id)
  AND NOT EXISTS (SELECT FROM waiting_events e WHERE e.name = 'work' AND e.type = 6 AND e.object = o.id)
ORDER BY o.id
