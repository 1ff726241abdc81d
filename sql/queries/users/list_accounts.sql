-- $1 ids below this, $2 a role or null, $3 'active', 'suspended' or null, $4 at most so many. Columns as
-- in account, newest first. One of the three lists is not empty; it reads one index from its end:
-- users_pkey, users_staff_idx or users_suspended_idx.
WITH hits AS (
  (SELECT id FROM users
   WHERE coalesce($2::text, 'user') = 'user' AND coalesce($3::text, 'active') = 'active'
     AND id < $1::bigint AND deleted_at IS NULL
     AND ($2 IS NULL OR role = 'user') AND ($3 IS NULL OR suspended_at IS NULL)
   ORDER BY id DESC LIMIT $4::integer)
  UNION ALL
  (SELECT id FROM users
   WHERE $2 <> 'user' AND role <> 'user' AND role = $2 AND id < $1 AND deleted_at IS NULL
     AND ($3 IS NULL OR (suspended_at IS NOT NULL) = ($3 = 'suspended'))
   ORDER BY id DESC LIMIT $4)
  UNION ALL
  (SELECT id FROM users
   WHERE coalesce($2, 'user') = 'user' AND $3 = 'suspended'
     AND suspended_at IS NOT NULL AND id < $1 AND deleted_at IS NULL
     AND ($2 IS NULL OR role = 'user')
   ORDER BY id DESC LIMIT $4)
)
SELECT u.id, u.handle, u.name, u.role, s.followers, s.following, feedctl_us(u.created_at),
       u.avatar_id, feedctl_us(u.suspended_at), u.suspended_reason,
       feedctl_us((SELECT max(rotated_at) FROM sessions WHERE user_id = u.id))
FROM hits h JOIN users u ON u.id = h.id JOIN user_stats s ON s.user_id = u.id
ORDER BY u.id DESC
