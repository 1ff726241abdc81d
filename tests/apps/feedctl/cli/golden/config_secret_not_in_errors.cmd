FEEDCTL_DATABASE_URL="mysql://me:h1dden@db" FEEDCTL_REDIS_URL="redis://:h1dden@r:x/0" FEEDCTL_SERVER_SECRET_KEY=h1dden feedctl config check
