-- $1 media. No row: it was removed, or is done.
SELECT object_key, byte_count FROM media
WHERE id = $1::bigint AND state = 1 AND removed_at IS NULL
