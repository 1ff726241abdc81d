-- $1 users: those who are no living users and whose removal neither waits nor is open.
SELECT o.id
FROM unnest($1::bigint[]) AS o(id)
WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = o.id AND u.deleted_at IS NULL)
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.subject = o.id AND j.kind = 'remove_account')
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.kind = 'event'
                    AND o.id IN ((j.payload->>'object')::bigint, (j.payload->>'actor')::bigint))
  AND NOT EXISTS (SELECT FROM waiting_events e WHERE e.name = 'work' AND e.type = 9 AND o.id IN (e.actor, e.object))
ORDER BY o.id
