feedctl serve --port http
