feedctl config check
