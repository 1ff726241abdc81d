COUNTER_REDIS_URL=redis://:h1dden@c:6379/1 COUNTER_DEDUP_TTL=900 feedctl config show --origin -o jsonl | grep environment
