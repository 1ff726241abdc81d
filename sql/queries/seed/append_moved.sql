-- $1 seed: of users (0) and posts (1), by index, those that took another id than their own.
SELECT 0, unnest(moved_users), unnest(moved_user_ids) FROM seed_appends WHERE seed = $1::bigint
UNION ALL
SELECT 1, unnest(moved_posts), unnest(moved_post_ids) FROM seed_appends WHERE seed = $1
