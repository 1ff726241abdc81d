-- $1 consumer, $2 slot. Whether its last owner has not given it back.
UPDATE consumers c SET dirty = true
FROM (SELECT dirty FROM consumers WHERE name = $1 AND slot = $2::integer FOR UPDATE) old
WHERE c.name = $1 AND c.slot = $2
RETURNING old.dirty
