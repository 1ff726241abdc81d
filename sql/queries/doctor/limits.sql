-- How many connections this role, this database and the server allow; -1: no limit. What is kept back for
-- superusers, and for others from version 16 on, is not for us.
SELECT r.rolname, CASE WHEN r.rolsuper THEN -1 ELSE r.rolconnlimit END, d.datname,
       CASE WHEN r.rolsuper THEN -1 ELSE d.datconnlimit END,
       current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint
         - coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::bigint
FROM pg_roles r, pg_database d
WHERE r.rolname = current_user AND d.datname = current_database()
