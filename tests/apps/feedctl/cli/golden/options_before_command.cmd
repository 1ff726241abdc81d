# common options may stand before the command
feedctl -o json --set server.port=1234 config show server.port
