-- Gives every event an id of this cluster, of one transaction: among themselves the order is that of id,
-- which for each pair is that of the commits.
UPDATE events SET xid = pg_current_xact_id()
