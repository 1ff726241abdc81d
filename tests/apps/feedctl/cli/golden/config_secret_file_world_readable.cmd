echo 0123456789abcdef-from-file > key; chmod 644 key
FEEDCTL_SERVER_SECRET_KEY_FILE=key feedctl config show
