SELECT feedctl_next_id()
