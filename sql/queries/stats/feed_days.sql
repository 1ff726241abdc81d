-- Days between the oldest and the newest post, at least one; 0 where there is none.
SELECT coalesce(greatest(ceil(extract(epoch FROM max(created_at) - min(created_at)) / 86400), 1), 0)::bigint FROM posts
