-- $1 media that objects name.
SELECT id, object_key, state, thumbnails, removed_at IS NOT NULL FROM media WHERE id = ANY ($1::bigint[])
