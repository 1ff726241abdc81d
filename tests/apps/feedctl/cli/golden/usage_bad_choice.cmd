feedctl version --output jsno
