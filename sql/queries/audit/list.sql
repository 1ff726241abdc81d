-- $1 ids below this, $2 a handle, a name or a user's id, $3 an action, or its first word for all with
-- it, $4 an object, $5 at most so many milliseconds ago, $6 at most so many rows. $2 to $5 may be null.
-- The newest first.
SELECT id, feedctl_us(at), actor, actor_name, action, object, before::text, after::text, request_id
FROM audit_log
WHERE id < $1::bigint
  AND ($2::text IS NULL OR actor_name = $2 OR actor::text = $2
       OR actor = (SELECT u.id FROM users u WHERE u.handle = $2 AND u.deleted_at IS NULL))
  AND ($3::text IS NULL OR action = $3 OR starts_with(action, $3 || '.'))
  AND ($4::text IS NULL OR object = $4)
  AND ($5::bigint IS NULL OR at > clock_timestamp() - $5 * interval '1 millisecond')
ORDER BY id DESC
LIMIT $6::integer
