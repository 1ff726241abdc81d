feedctl config show -- server.port
feedctl -- config show server.port
feedctl config show -- --origin
