POSTGRES_HOST=db POSTGRES_DB=feed POSTGRES_USER=me POSTGRES_PASSWORD=x feedctl config show database.url --origin -o json
