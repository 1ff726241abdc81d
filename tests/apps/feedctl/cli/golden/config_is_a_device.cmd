feedctl config check --config /dev/zero
