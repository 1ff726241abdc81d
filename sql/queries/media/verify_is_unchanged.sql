-- $1 media, $2 its state, $3 its thumbnails: was it left as it was seen?
SELECT EXISTS (SELECT FROM media WHERE id = $1::bigint AND removed_at IS NULL AND state = $2::smallint AND thumbnails = $3)
