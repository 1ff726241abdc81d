SELECT setval('like_id_sequence', greatest($1::bigint, 1), $1::bigint > 0)
