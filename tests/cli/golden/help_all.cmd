feedctl --help
