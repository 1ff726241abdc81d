-- The data directory, where this role may know it and the server is on this machine.
SELECT setting FROM pg_settings
WHERE name = 'data_directory'
  AND (inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr())
