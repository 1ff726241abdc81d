-- $1 a user. Whom they follow, and the snapshot; no row where they are no active user.
SELECT pg_current_snapshot()::text,
       coalesce((SELECT string_agg(f.followee_id::text, ',') FROM follows f
                 WHERE f.follower_id = u.id), '')
FROM users u
WHERE u.id = $1::bigint AND u.deleted_at IS NULL AND u.suspended_at IS NULL
