-- $1 consumer, $2 slot, $3 version, $4 and $5 the event that is tried next. How often it has been
-- begun already without an end. No row: somebody else has moved the position.
UPDATE consumers
SET crashes = CASE WHEN try_xid = $4::xid8 AND try_id = $5::bigint THEN crashes + 1 ELSE 0 END,
    try_xid = $4, try_id = $5
WHERE name = $1 AND slot = $2::integer AND ver = $3::bigint
RETURNING crashes
