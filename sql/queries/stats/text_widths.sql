-- Mean bytes of the texts of posts, of handles and of names by the planner's statistics; null without ANALYZE.
SELECT (SELECT avg_width FROM pg_stats WHERE schemaname = 'public' AND tablename = 'posts' AND attname = 'text'),
       (SELECT avg_width FROM pg_stats WHERE schemaname = 'public' AND tablename = 'users' AND attname = 'handle'),
       (SELECT avg_width FROM pg_stats WHERE schemaname = 'public' AND tablename = 'users' AND attname = 'name')
