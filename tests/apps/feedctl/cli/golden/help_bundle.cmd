feedctl bundle --help
