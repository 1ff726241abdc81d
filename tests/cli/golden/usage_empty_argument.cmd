feedctl ""
