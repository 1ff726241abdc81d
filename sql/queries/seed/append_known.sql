SELECT unnest(known) FROM seed_appends WHERE seed = $1::bigint
