-- $1 handles. Those that living users have.
SELECT handle FROM users WHERE handle = ANY ($1::text[]) AND deleted_at IS NULL
