head -c 1100000 /dev/zero | tr "\0" "#" > large.yaml; feedctl config check -c large.yaml
