umask 077; printf "0123456789abcdef-from-file\n" > key
FEEDCTL_SERVER_SECRET_KEY_FILE=$PWD/key feedctl config show server.secret_key --origin
