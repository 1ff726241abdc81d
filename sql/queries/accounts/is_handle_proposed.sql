-- $1 user. Whether the user may still change the handle once.
SELECT handle_proposed FROM users WHERE id = $1::bigint AND deleted_at IS NULL
