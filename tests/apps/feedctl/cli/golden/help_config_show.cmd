feedctl config show -h
