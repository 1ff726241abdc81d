# a value in brackets is a value, and no list
feedctl config show "[server.port,server.host]"
feedctl config show auth.issuer --set "auth.issuer=[a,b]"
feedctl config show --config "{}"
