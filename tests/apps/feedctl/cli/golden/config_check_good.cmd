printf "server:\n  port: 9000\nlog:\n  level: debug\n" > feedctl.yaml
feedctl config check --config feedctl.yaml
feedctl config check --config feedctl.yaml -o json
