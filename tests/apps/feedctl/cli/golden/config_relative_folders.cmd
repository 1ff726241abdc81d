# what lies in the folder we are started in is nobody's configuration
mkdir -p rel/feedctl .config/feedctl; printf "server:\n  port: 1\n" > rel/feedctl/feedctl.yaml
printf "server:\n  port: 2\n" > .config/feedctl/feedctl.yaml
XDG_CONFIG_HOME=rel feedctl config check
XDG_CONFIG_HOME=rel feedctl config show server.port 2> /dev/null
HOME=. feedctl config check
XDG_CONFIG_HOME= feedctl config show server.port
