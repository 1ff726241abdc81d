NO_COLOR=1 FEEDCTL_DATABASE_URL=postgresql://127.0.0.1:1/feed feedctl doctor | grep -c "$(printf "\033")"
FEEDCTL_DATABASE_URL=postgresql://127.0.0.1:1/feed feedctl doctor --color always | grep -q "$(printf "\033")" && echo coloured
