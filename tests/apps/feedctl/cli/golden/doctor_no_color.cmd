# How many findings there are depends on the machine.
escape="$(printf "\033")"
NO_COLOR=1 FEEDCTL_DATABASE_URL=postgresql://127.0.0.1:1/feed feedctl doctor | grep -c "$escape"
FEEDCTL_DATABASE_URL=postgresql://127.0.0.1:1/feed feedctl doctor --color always | grep -q "$escape" && echo colored
