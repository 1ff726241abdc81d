REDIS_HOST=r REDIS_PORT=6380 REDIS_PASSWORD=x REDIS_DB=2 feedctl config show redis.url --origin -o json
