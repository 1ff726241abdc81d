-- What the positions speak of, and whether this is it: the cluster they were made in and this one, and
-- whether this is a standby.
SELECT s.cluster, (SELECT system_identifier FROM pg_control_system()), pg_is_in_recovery()
FROM log_state s
