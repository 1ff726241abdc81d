-- $1 a user. No row: nobody sees the account. Nulls: it has no avatar.
SELECT m.object_key, m.content_type, m.byte_count, m.summary
FROM users u LEFT JOIN media m ON m.id = u.avatar_id AND m.removed_at IS NULL
WHERE u.id = $1::bigint AND u.deleted_at IS NULL AND u.suspended_at IS NULL
