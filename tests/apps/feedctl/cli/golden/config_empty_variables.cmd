# an empty variable counts as not set, but empties a text or a list
printf "server:\n  port: 5\n  allowed_hosts: [a]\nredis:\n  url: redis://h\n" > f.yaml
FEEDCTL_CONFIG= FEEDCTL_SERVER_PORT= FEEDCTL_SERVER_ALLOWED_HOSTS= FEEDCTL_REDIS_URL= FEEDCTL_DATABASE_URL_FILE= \
  CREDENTIALS_DIRECTORY= DATABASE_URL= feedctl config show server --origin -c f.yaml | grep -E "port|hosts"
FEEDCTL_REDIS_URL= feedctl config show redis.url --origin -c f.yaml
FEEDCTL_SERVER_HOST= feedctl config check
