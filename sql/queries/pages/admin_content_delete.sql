-- $1 a content.
DELETE FROM contents WHERE id = $1::bigint
