-- $1 posts with a view counter: those that are no living posts, and whose counter nothing will still remove.
-- Mostly there is none, and the log is not looked into.
WITH gone AS MATERIALIZED (
  SELECT o.id FROM unnest($1::bigint[]) AS o(id)
  WHERE NOT EXISTS (SELECT FROM posts p WHERE p.id = o.id AND p.deleted_at IS NULL)
)
SELECT g.id FROM gone g
WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.subject = g.id AND j.kind = 'remove_likes')
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'event' AND (j.payload->>'object')::bigint = g.id)
  AND NOT EXISTS (SELECT FROM waiting_events e WHERE e.name = 'work' AND e.type = 6 AND e.object = g.id)
ORDER BY g.id
