feedctl migrate up --help
