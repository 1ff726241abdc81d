feedctl config show server.port --output=json -qv
