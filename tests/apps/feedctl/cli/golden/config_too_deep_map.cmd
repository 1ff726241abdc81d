printf "server:\n  port:\n    deep: 1\n" > f.yaml; feedctl config check -c f.yaml
