-- $1 entries before this time, $2 at most so many.
DELETE FROM audit_log
WHERE id IN (SELECT id FROM audit_log WHERE at < $1::timestamptz ORDER BY at LIMIT $2::integer)
