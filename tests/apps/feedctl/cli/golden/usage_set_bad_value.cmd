feedctl config show --set server.port=x
