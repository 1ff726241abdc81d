mkdir -p x/feedctl; printf "server:\n  port: 5\n" > x/feedctl/feedctl.yaml
XDG_CONFIG_HOME=$PWD/x feedctl config show server.port --origin
