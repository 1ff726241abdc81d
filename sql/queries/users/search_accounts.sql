-- $1 what a handle or a name begins with, $2 an id or null, $3 a role or null, $4 'active',
-- 'suspended' or null. First the account with that id (part 1), then those with such a handle in the
-- order of handles (part 2), then those with such a name in the order of names (part 3).
-- $5 part and $6 id of the last account before; 0 and 0: none. $7 at most so many. Columns as in
-- account, then the part. Reads users_handle_prefix_idx and users_name_prefix_idx.
WITH last AS MATERIALIZED (
  SELECT handle, lower(name) AS name FROM users WHERE id = $6::bigint
),
living AS NOT MATERIALIZED (
  SELECT id, handle, name FROM users
  WHERE deleted_at IS NULL
    AND ($3::text IS NULL OR role = $3)
    AND ($4::text IS NULL OR (suspended_at IS NOT NULL) = ($4 = 'suspended'))
),
hits AS (
  (SELECT 1 AS part, l.id, '' AS key FROM living l WHERE $5::integer < 1 AND l.id = $2::bigint)
  UNION ALL
  (SELECT 2, l.id, l.handle FROM living l
   WHERE $5 <= 2 AND l.id IS DISTINCT FROM $2
     AND l.handle COLLATE "C" >= lower($1::text)
     AND l.handle COLLATE "C" < lower($1) || chr(1114111)
     AND l.handle COLLATE "C" > CASE WHEN $5 = 2 THEN (SELECT handle FROM last) ELSE '' END
   ORDER BY l.handle COLLATE "C"
   LIMIT $7::integer)
  UNION ALL
  (SELECT 3, l.id, lower(l.name) FROM living l
   WHERE l.id IS DISTINCT FROM $2
     AND lower(l.name) COLLATE "C" >= lower($1)
     AND lower(l.name) COLLATE "C" < lower($1) || chr(1114111)
     AND (lower(l.name) COLLATE "C", l.id)
       > (CASE WHEN $5 = 3 THEN (SELECT name FROM last) ELSE lower($1) END,
          CASE WHEN $5 = 3 THEN $6 ELSE 0 END)
     AND NOT starts_with(l.handle, lower($1))
   ORDER BY lower(l.name) COLLATE "C", l.id
   LIMIT $7)
)
SELECT u.id, u.handle, u.name, u.role, s.followers, s.following, feedctl_us(u.created_at),
       u.avatar_id, feedctl_us(u.suspended_at), u.suspended_reason,
       feedctl_us((SELECT max(rotated_at) FROM sessions WHERE user_id = u.id)), h.part
FROM hits h JOIN users u ON u.id = h.id JOIN user_stats s ON s.user_id = u.id
ORDER BY h.part, h.key COLLATE "C", u.id
LIMIT $7
