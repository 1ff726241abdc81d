# every mistake at once, each with its place, from all sources
cat > f.yaml <<E
server:
  prot: 9000
  port: many
  threads: -4
  trusted_proxies: [10.0.0.0/8, nonsense]
  cors_origins: [example.org]
  max_body: 1TB
database:
  url: mysql://x
  pool_wait: [1s, 2s]
auth:
  mode: opne
  token_ttl: 2d
redis: 5
E
FEEDCTL_HOT_TTL=5x FEEDCTL_REDIS_URL=rediss://h feedctl config check -c f.yaml
