-- Whether some partition takes an event of now.
SELECT feedctl_event_parts_ahead(now()) >= 0 OR feedctl_default_part('events') IS NOT NULL
