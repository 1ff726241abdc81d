INSERT INTO schema_migrations (version, name, sha256, milliseconds) VALUES ($1, $2, $3, $4)
