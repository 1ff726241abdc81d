# passwords in every form of URL
FEEDCTL_DATABASE_URL="postgresql://me:h1dden@db/feed?sslmode=require" FEEDCTL_DATABASE_OWNER_URL="host=db password = 'h1dden \\' x' user=me" FEEDCTL_REDIS_URL=redis://:h1dden@r:6379/0 FEEDCTL_SERVER_SECRET_KEY=h1dden-0123456789 feedctl config show -o jsonl | grep -E "url|secret"
