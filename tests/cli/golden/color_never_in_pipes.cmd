feedctl --help | od -c | grep -c 033
