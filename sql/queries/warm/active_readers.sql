-- $1 at most so many. Readers whose rows are kept, the last seen first: of the last two hours only,
-- since workers drop the lists of those who were seen lately.
SELECT user_id FROM feed_state
WHERE state = 2 AND seen_at > clock_timestamp() - interval '2 hours'
  AND (SELECT u.deleted_at IS NULL AND u.suspended_at IS NULL FROM users u WHERE u.id = user_id)
ORDER BY seen_at DESC
LIMIT $1::integer
