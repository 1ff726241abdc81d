UPDATE seed_users s SET id = u.id, known = true FROM users u WHERE u.handle = s.handle AND u.deleted_at IS NULL
