SELECT feedctl_event_parts_ahead()
