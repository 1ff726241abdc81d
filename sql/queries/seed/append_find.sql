-- $1 seed.
SELECT finished_at IS NOT NULL, users, posts, follows, likes, ends_at, stage, next, views, pages, generator
FROM seed_appends WHERE seed = $1::bigint
