feedctl serve --host 0.0.0.0
