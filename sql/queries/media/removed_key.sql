-- $1 media. No row: it is shown, or gone.
SELECT object_key FROM media WHERE id = $1::bigint AND removed_at IS NOT NULL
