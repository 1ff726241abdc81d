ANALYZE user_feed, hot_scores
