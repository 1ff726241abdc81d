-- $1 media whose objects are gone.
DELETE FROM media WHERE id = $1::bigint AND removed_at IS NOT NULL
