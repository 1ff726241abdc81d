-- Of any database, with or without our schema: the server's version, its encoding and name, whether it is
-- a standby, which of our tables hide rows from this role, the node that ids are made with, the role, and
-- whether it may ask for the cluster.
SELECT current_setting('server_version_num')::bigint, pg_encoding_to_char(d.encoding), d.datname,
       pg_is_in_recovery(),
       (SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class c
        WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND row_security_active(c.oid)
          AND c.relnamespace = to_regnamespace('public')
          AND c.relowner = (SELECT relowner FROM pg_class WHERE oid = to_regclass('public.schema_migrations'))),
       current_setting('feedctl.node', true), quote_ident(current_user),
       has_function_privilege('pg_control_system()', 'EXECUTE')
FROM pg_database d WHERE d.datname = current_database()
