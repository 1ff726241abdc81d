-- $1 to $5 as in list, $6 a name or a handle, $7 the user with this id, or null. One index range for
-- each of: the name, the user who has the handle now, the user with the id. An array of one and the
-- order by it keep the planner from a walk over the entries of all.
WITH entry AS NOT MATERIALIZED (
  SELECT id, actor, actor_name FROM audit_log
  WHERE id < $1::bigint
    AND ($2::text IS NULL OR action = $2 OR starts_with(action, $2 || '.'))
    AND ($3::text IS NULL OR object = $3)
    AND ($4::bigint IS NULL OR at > statement_timestamp() - $4 * interval '1 millisecond')
),
found AS (
  (SELECT id FROM entry WHERE actor_name = ANY (ARRAY[$6::text])
   ORDER BY actor_name, id DESC LIMIT $5::integer)
  UNION
  (SELECT id FROM entry WHERE actor IS NOT NULL AND actor = ANY (ARRAY[$7::bigint])
   ORDER BY actor, id DESC LIMIT $5)
  UNION
  (SELECT id FROM entry
   WHERE actor IS NOT NULL
     AND actor = ANY (ARRAY[(SELECT u.id FROM users u WHERE u.handle = $6 AND u.deleted_at IS NULL)])
   ORDER BY actor, id DESC LIMIT $5)
)
SELECT e.id, feedctl_us(e.at), e.actor, e.actor_name, e.action, e.object, e.before::text, e.after::text,
       e.request_id
FROM found f
CROSS JOIN LATERAL (SELECT * FROM audit_log WHERE id = f.id LIMIT 1) e
ORDER BY e.id DESC
LIMIT $5
