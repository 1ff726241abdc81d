UPDATE seed_appends
SET finished_at = now(), known = '{}', moved_users = '{}', moved_user_ids = '{}', moved_posts = '{}', moved_post_ids = '{}'
WHERE seed = $1::bigint
