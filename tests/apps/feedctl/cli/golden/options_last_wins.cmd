feedctl config show server.port --set server.port=1 --set server.port=2
