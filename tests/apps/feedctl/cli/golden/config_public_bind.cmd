feedctl config check --set server.host=0.0.0.0
