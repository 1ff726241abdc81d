-- $1 user, $2 ids below this, $3 at most so many. Columns as users::from_row reads them; one row of
-- nulls: nobody; no row: $1 is hidden.
SELECT f.*
FROM users owner
LEFT JOIN LATERAL (
  SELECT u.id, u.handle, u.name, u.role, s.followers, s.following, feedctl_us(u.created_at),
         u.avatar_id
  FROM follows f
  JOIN users u ON u.id = f.followee_id AND u.deleted_at IS NULL AND u.suspended_at IS NULL
  JOIN user_stats s ON s.user_id = u.id
  WHERE f.follower_id = owner.id AND f.followee_id < $2
  ORDER BY f.followee_id DESC
  LIMIT $3
) f ON true
WHERE owner.id = $1 AND owner.deleted_at IS NULL AND owner.suspended_at IS NULL
ORDER BY f.id DESC
