printf "server:\n  prot: 9000\n" > f.yaml; feedctl config check -c f.yaml
