-- $1 consumer, $2 slot, $3 the version read, $4 the snapshot read up to, $5 and $6 the last event
-- where more may follow below that snapshot, else null. No row: somebody else has moved it.
UPDATE consumers
SET ver = ver + 1,
    at = CASE WHEN $5::xid8 IS NULL THEN $4::pg_snapshot ELSE at END,
    upto = CASE WHEN $5::xid8 IS NULL THEN NULL ELSE $4::pg_snapshot END,
    done_xid = $5::xid8, done_id = $6::bigint,
    try_xid = NULL, try_id = NULL, crashes = 0, moved_at = clock_timestamp()
WHERE name = $1 AND slot = $2::integer AND ver = $3::bigint
RETURNING ver
