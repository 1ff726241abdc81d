-- $1 a page, $2 title, $3 state. The version always rises, as for changed links.
UPDATE pages SET title = $2, state = $3, version = version + 1, updated_at = clock_timestamp()
WHERE id = $1::bigint
