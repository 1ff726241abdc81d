REDIS_HOST=r REDIS_PORT=tcp://10.0.0.1:6379 feedctl config check
