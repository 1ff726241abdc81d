mkdir -p .config/feedctl; printf "server:\n  port: 4\n" > .config/feedctl/feedctl.yaml
feedctl config show server.port --origin
