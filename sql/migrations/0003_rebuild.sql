-- Where the last rebuild of the home feeds' rows is: what it was asked for, and the last user that
-- is done. Rebuilding is idempotent, so the mark may lag behind the rows.
CREATE TABLE feed_rebuild (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  since bigint NOT NULL,
  inactive boolean NOT NULL,
  cursor bigint NOT NULL DEFAULT 0,
  users bigint NOT NULL DEFAULT 0,
  rows bigint NOT NULL DEFAULT 0,
  failed bigint NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz
) WITH (fillfactor = 50);

-- What each durable reader of the log has not passed yet.
CREATE VIEW waiting_events AS
SELECT c.name, c.slot, e.xid, e.id, e.at, e.type, e.actor, e.object
FROM consumers c
JOIN events e ON c.name <> 'work' OR e.shard % 16 = c.slot
WHERE e.xid >= (SELECT min(pg_snapshot_xmin(at)) FROM consumers)
  AND NOT pg_visible_in_snapshot(e.xid, c.at)
  AND (c.upto IS NULL OR NOT pg_visible_in_snapshot(e.xid, c.upto)
       OR (e.xid, e.id) > (c.done_xid, c.done_id));
