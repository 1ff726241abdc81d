-- Checkpoints by time, and those that max_wal_size forced; until PostgreSQL 16.
SELECT checkpoints_timed, checkpoints_req FROM pg_stat_bgwriter
