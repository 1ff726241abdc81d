-- The rows of each large table, counted.
SELECT 'users', count(*) FROM users
UNION ALL SELECT 'follows', count(*) FROM follows
UNION ALL SELECT 'posts', count(*) FROM posts
UNION ALL SELECT 'likes', count(*) FROM likes
UNION ALL SELECT 'user_stats', count(*) FROM user_stats
UNION ALL SELECT 'post_likes', count(*) FROM post_likes
UNION ALL SELECT 'post_views', count(*) FROM post_views
UNION ALL SELECT 'hot_scores', count(*) FROM hot_scores
UNION ALL SELECT 'user_feed', count(*) FROM user_feed
UNION ALL SELECT 'feed_state', count(*) FROM feed_state
UNION ALL SELECT 'events', count(*) FROM events
UNION ALL SELECT 'jobs', count(*) FROM jobs
UNION ALL SELECT 'dead_events', count(*) FROM dead_events
UNION ALL SELECT 'post_view_seen', count(*) FROM post_view_seen
UNION ALL SELECT 'view_flush', count(*) FROM view_flush
UNION ALL SELECT 'media', count(*) FROM media
UNION ALL SELECT 'media_uploads', count(*) FROM media_uploads
UNION ALL SELECT 'pages', count(*) FROM pages
UNION ALL SELECT 'contents', count(*) FROM contents
UNION ALL SELECT 'page_contents', count(*) FROM page_contents
UNION ALL SELECT 'sessions', count(*) FROM sessions
UNION ALL SELECT 'identities', count(*) FROM identities
UNION ALL SELECT 'audit_log', count(*) FROM audit_log
UNION ALL SELECT 'idempotency_keys', count(*) FROM idempotency_keys
