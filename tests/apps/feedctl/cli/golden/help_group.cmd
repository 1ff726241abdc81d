feedctl migrate --help
