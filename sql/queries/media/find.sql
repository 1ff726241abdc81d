-- $1 media. No row: it was removed, or never stored.
SELECT summary FROM media WHERE id = $1::bigint AND removed_at IS NULL
