-- From now on the log speaks of this cluster's transaction ids.
UPDATE log_state SET cluster = (SELECT system_identifier FROM pg_control_system())
