feedctl --help | od -An -c | grep -c 033
