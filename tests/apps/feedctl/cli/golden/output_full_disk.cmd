feedctl version > /dev/full
