feedctl config show --set server.prot=1
