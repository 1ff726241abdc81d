-- In the order in which follow and unfollow lock them.
SELECT 1 FROM user_stats WHERE user_id IN (SELECT id FROM seed_users) ORDER BY user_id FOR UPDATE
