SELECT feedctl_make_event_parts($1)
