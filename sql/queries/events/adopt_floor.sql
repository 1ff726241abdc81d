-- $1 the same snapshot: a position below it is of the other cluster, and no longer any good.
UPDATE log_state SET floor = pg_snapshot_xmin($1::pg_snapshot)
