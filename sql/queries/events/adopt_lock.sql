-- Nobody writes events or moves a position until the end of this transaction; readers go on. Takes no
-- transaction id, so that a snapshot taken afterwards does not see what this transaction writes.
LOCK TABLE events, consumers, hot_state IN EXCLUSIVE MODE
