-- The cluster that the log speaks of and the one that answers; whether any position or event is ahead of
-- the transaction ids of this one; how many events and durable positions there are.
SELECT s.cluster, (SELECT system_identifier FROM pg_control_system()),
       greatest((SELECT max(greatest(pg_snapshot_xmax(at), pg_snapshot_xmax(upto), done_xid)::text::numeric) FROM consumers),
                (SELECT pg_snapshot_xmax(position)::text::numeric FROM hot_state),
                s.floor::text::numeric,
                coalesce((SELECT max(xid) FROM events), '0')::text::numeric + 1)
         > pg_snapshot_xmax(pg_current_snapshot())::text::numeric,
       (SELECT count(*) FROM events), (SELECT count(*) FROM consumers)
FROM log_state s
