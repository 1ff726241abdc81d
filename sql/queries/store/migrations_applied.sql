SELECT version, name, sha256, (date_part('epoch', applied_at) * 1000000)::bigint, milliseconds FROM schema_migrations ORDER BY version
