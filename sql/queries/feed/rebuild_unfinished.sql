SELECT since, inactive, cursor, users, rows, failed FROM feed_rebuild WHERE finished_at IS NULL
