feedctl version >&-
