printf "server:\n\tport: 1\n" > f.yaml; feedctl config check -c f.yaml
