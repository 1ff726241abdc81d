printf "server:\n  port: 1\n" > f.yaml
FEEDCTL_SERVER_PORT=2 feedctl config show server.port -c f.yaml --origin
