feedctl config show server.prot
