NO_COLOR=1 FEEDCTL_DATABASE_URL=postgresql://127.0.0.1:1/feed feedctl doctor | od -c | grep -c 033
FEEDCTL_DATABASE_URL=postgresql://127.0.0.1:1/feed feedctl doctor --color always | grep -c "$(printf "\033")"
