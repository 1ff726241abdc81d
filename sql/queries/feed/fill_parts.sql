SELECT feedctl_fill_feed_parts()
