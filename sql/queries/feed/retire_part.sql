SELECT feedctl_retire_feed_part()
