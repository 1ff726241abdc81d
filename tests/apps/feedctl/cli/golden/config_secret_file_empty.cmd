umask 077; : > key; FEEDCTL_SERVER_SECRET_KEY_FILE=key feedctl config show
