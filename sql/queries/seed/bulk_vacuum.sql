VACUUM (ANALYZE) users, user_stats, follows, posts, post_likes, post_views, likes, feed_state, feed_pull
