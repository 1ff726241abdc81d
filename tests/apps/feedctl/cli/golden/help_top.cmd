feedctl top --help
