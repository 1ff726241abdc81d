DB_HOST=db DB_PORT=5433 DB_NAME=feed DB_USER=me DB_PASSWORD="p@ss/w" USE_POSTGRES=1 feedctl config show database.url --origin -o json
