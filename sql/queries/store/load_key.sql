SELECT value FROM server_keys WHERE name = $1
