VACUUM (ANALYZE) follows, user_stats, feed_state, feed_pull
