-- $1 a user, $2 hashes of posts. Those that were imported before, as they are given.
SELECT replace(post_hash::text, '-', '') FROM imported_posts
WHERE user_id = $1::bigint AND post_hash = ANY ($2::uuid[])
