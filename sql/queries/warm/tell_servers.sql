-- $1 how many readers. Every serve follows the log, and warms its own memory when it comes here.
INSERT INTO events (type, shard, actor, object) VALUES (12, 0, 0, $1::bigint)
