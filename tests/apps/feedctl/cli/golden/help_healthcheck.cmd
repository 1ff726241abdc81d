feedctl healthcheck --help
