ALLOWED_HOSTS="*" feedctl config show server.allowed_hosts -o json
