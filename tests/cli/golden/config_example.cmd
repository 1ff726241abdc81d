feedctl config example
