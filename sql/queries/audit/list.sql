-- $1 ids below this, $2 an action, or its first word for all with it, $3 an object, $4 at most so many
-- milliseconds ago, $5 at most so many rows. $2 to $4 may be null. The newest first.
SELECT id, feedctl_us(at), actor, actor_name, action, object, before::text, after::text, request_id
FROM audit_log
WHERE id < $1::bigint
  AND ($2::text IS NULL OR action = $2 OR starts_with(action, $2 || '.'))
  AND ($3::text IS NULL OR object = $3)
  AND ($4::bigint IS NULL OR at > clock_timestamp() - $4 * interval '1 millisecond')
ORDER BY id DESC
LIMIT $5::integer
