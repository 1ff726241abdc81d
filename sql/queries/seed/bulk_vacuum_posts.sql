VACUUM (ANALYZE) posts, post_likes, post_views, users
