FEEDCTL_DATABASE_URL="postgresql://db/feed?user=me&password=h1dden&sslmode=require" feedctl config show database.url
