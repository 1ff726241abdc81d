-- $1 an account that has left: nothing is kept ready for it any more, and nobody merges its posts. Its
-- rows of user_feed go with their partitions: none is added once the state is gone, and none is read.
WITH state AS (DELETE FROM feed_state WHERE user_id = $1::bigint)
DELETE FROM feed_pull WHERE author_id = $1
