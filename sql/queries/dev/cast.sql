-- Who and what the tour names: the first person, somebody whom they do not follow yet (or else
-- somebody), and the newest post. One row, with nulls for what is not there.
WITH reader AS (
  SELECT id, handle FROM users WHERE deleted_at IS NULL AND suspended_at IS NULL ORDER BY id LIMIT 1
),
author AS (
  SELECT u.id, u.handle FROM users u CROSS JOIN reader r
  WHERE u.deleted_at IS NULL AND u.suspended_at IS NULL AND u.id <> r.id
  ORDER BY EXISTS (SELECT FROM follows WHERE follower_id = r.id AND followee_id = u.id), u.id
  LIMIT 1
)
SELECT r.id, r.handle, a.id, a.handle,
       (SELECT p.id FROM posts p
        WHERE p.deleted_at IS NULL AND (SELECT true FROM hidden_posts h WHERE h.post_id = p.id) IS NOT TRUE
          AND (SELECT coalesce(u.deleted_at, u.suspended_at) FROM users u WHERE u.id = p.author_id) IS NULL
        ORDER BY p.id DESC LIMIT 1)
FROM (SELECT) one LEFT JOIN reader r ON true LEFT JOIN author a ON true
