feedctl serve --port -1
