mkdir credentials; printf "postgresql://me:hidden@db/feed" > credentials/database.url; chmod 400 credentials/database.url
CREDENTIALS_DIRECTORY=$PWD/credentials feedctl config show database.url --origin
