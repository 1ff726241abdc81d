SELECT feedctl_make_feed_part($1::bigint, $2::bigint)
