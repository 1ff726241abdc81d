# Other checks look at what this machine runs and has installed.
FEEDCTL_DATABASE_URL=postgresql://127.0.0.1:1/feed FEEDCTL_REDIS_URL=redis://127.0.0.1:1/0 feedctl doctor -o jsonl --folder nowhere > out; code=$?
grep -E '"check":"(config|proxy|postgresql|redis|views_redis|sign_in|media|fdatasync|room)"' out | sed -E "s/(cannot be reached).*(\",\"fix)/\1..\2/"; exit $code
