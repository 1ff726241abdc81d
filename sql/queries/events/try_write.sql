-- What every command writes, to be rolled back. The id is none that the sequence gives.
INSERT INTO events (id, type, shard, actor, object) VALUES (0, 12, 0, 0, 0)
