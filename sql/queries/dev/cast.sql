-- Who and what the tour names: the first person, somebody whom they do not follow yet (or else
-- somebody), and the newest post. One row, with nulls for what is not there.
WITH reader AS (
  SELECT id, handle FROM users WHERE deleted_at IS NULL AND suspended_at IS NULL ORDER BY id LIMIT 1
),
-- Both by the primary key, as there may be a million accounts.
author AS (
  (SELECT 0 AS place, u.id, u.handle FROM users u CROSS JOIN reader r
   WHERE u.deleted_at IS NULL AND u.suspended_at IS NULL AND u.id <> r.id
     AND (SELECT true FROM follows f WHERE f.follower_id = r.id AND f.followee_id = u.id) IS NOT TRUE
   ORDER BY u.id LIMIT 1)
  UNION ALL
  (SELECT 1, u.id, u.handle FROM users u CROSS JOIN reader r
   WHERE u.deleted_at IS NULL AND u.suspended_at IS NULL AND u.id <> r.id ORDER BY u.id LIMIT 1)
  ORDER BY place LIMIT 1
)
SELECT r.id, r.handle, a.id, a.handle,
       (SELECT p.id FROM posts p
        WHERE p.deleted_at IS NULL AND (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE
          AND (SELECT coalesce(u.deleted_at, u.suspended_at) FROM users u WHERE u.id = p.author_id) IS NULL
        ORDER BY p.id DESC LIMIT 1)
FROM (SELECT) one LEFT JOIN reader r ON true LEFT JOIN author a ON true
