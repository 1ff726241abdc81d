-- Ends the transactions that a killed load has left on the server, and counts them. A backend in the
-- middle of a statement does not notice that its client is gone.
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
  AND application_name LIKE 'feedctl.seed%' AND backend_xid IS NOT NULL
