feedctl config show
