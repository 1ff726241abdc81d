COUNTER_DEDUP_TTL=20m feedctl config show views.dedup_ttl --origin -o json
