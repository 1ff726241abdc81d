-- $1 consumer, $2 slot, $3 version, $4 and $5 the event that was begun, $6 what mark_try told of it: it
-- has not ended its process. Nothing where another owner has begun it since.
UPDATE consumers
SET try_xid = CASE WHEN crashes > 0 THEN try_xid END, try_id = CASE WHEN crashes > 0 THEN try_id END,
    crashes = greatest(crashes - 1, 0)
WHERE name = $1 AND slot = $2::integer AND ver = $3::bigint AND try_xid = $4::xid8 AND try_id = $5::bigint
  AND crashes = $6::integer
RETURNING ver
