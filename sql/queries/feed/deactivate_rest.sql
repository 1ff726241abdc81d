UPDATE feed_state SET state = 0 WHERE state > 0
