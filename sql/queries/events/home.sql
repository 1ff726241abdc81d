-- What the positions speak of, and whether this is it: the cluster they were made in and this one,
-- whether this is a standby, and whether any position or event is ahead of this cluster's ids.
SELECT s.cluster, (SELECT system_identifier FROM pg_control_system()), pg_is_in_recovery(),
       greatest((SELECT max(pg_snapshot_xmax(at)::text::numeric) FROM consumers),
                (SELECT pg_snapshot_xmax(position)::text::numeric FROM hot_state),
                coalesce((SELECT max(xid) FROM events), '0')::text::numeric + 1)
         > pg_snapshot_xmax(pg_current_snapshot())::text::numeric
FROM log_state s
