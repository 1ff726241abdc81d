FEEDCTL_SERVER_PORT=2 feedctl config show server.port --set server.port=3 --origin
