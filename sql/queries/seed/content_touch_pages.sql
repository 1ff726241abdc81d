-- $1 pages.
UPDATE pages SET version = version + 1, updated_at = clock_timestamp() WHERE id = ANY ($1::bigint[])
