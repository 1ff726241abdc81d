feedctl "$(printf "\377\376")"
