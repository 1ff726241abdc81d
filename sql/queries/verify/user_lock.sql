SELECT FROM users WHERE id = $1::bigint FOR UPDATE
