-- $1 seed. No row: somebody else has finished it.
UPDATE seed_appends
SET finished_at = now(), known = '{}', moved_users = '{}', moved_user_ids = '{}', moved_posts = '{}', moved_post_ids = '{}'
WHERE seed = $1::bigint AND finished_at IS NULL
RETURNING seed
