TRUNCATE users, user_stats, follows, posts, hidden_posts, post_likes, post_views, likes, feed_state, feed_pull, user_feed, hot_scores, seed_appends
