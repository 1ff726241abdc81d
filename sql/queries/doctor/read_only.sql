-- Where it is set that transactions only read: "database", "user", "database user", "client" or a file.
SELECT source, current_database(), current_user FROM pg_settings WHERE name = 'default_transaction_read_only'
