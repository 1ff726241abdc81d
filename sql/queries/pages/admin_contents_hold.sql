-- $1 contents. Those that exist, with their types; no transaction deletes them until this one ends.
SELECT id, type FROM contents WHERE id = ANY ($1::bigint[]) ORDER BY id FOR KEY SHARE
