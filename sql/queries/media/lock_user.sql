-- $1 a user: the row is locked, so that what comes next sees each earlier avatar.
SELECT FROM users WHERE id = $1::bigint FOR UPDATE
