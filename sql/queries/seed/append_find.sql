-- $1 seed.
SELECT finished_at IS NOT NULL, users, posts, follows, likes, ends_at, stage, next
FROM seed_appends WHERE seed = $1::bigint
