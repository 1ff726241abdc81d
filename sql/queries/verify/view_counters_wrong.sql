-- $1 posts: post, its counter, the counter's base, the views that post_view_seen holds.
SELECT v.post_id, v.view_count, v.base, s.n
FROM post_views v
CROSS JOIN LATERAL (SELECT count(*) AS n FROM post_view_seen WHERE post_id = v.post_id) s
WHERE v.post_id = ANY ($1::bigint[]) AND v.view_count <> v.base + s.n
ORDER BY v.post_id
