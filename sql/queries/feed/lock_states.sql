-- Until the end of the transaction nobody begins to keep rows, or goes on to.
LOCK TABLE feed_state IN SHARE ROW EXCLUSIVE MODE
