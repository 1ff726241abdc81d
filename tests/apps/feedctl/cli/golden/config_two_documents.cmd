printf "server:\n  port: 1\n---\nserver:\n  port: 2\n" > f.yaml; feedctl config check -c f.yaml
