COUNTER_REDIS_URL=redis://:x@c:6379/1 COUNTER_DEDUP_TTL=60 feedctl config show --origin -o jsonl | grep environment
