printf "server:\n  host: \"\377\"\n" > f.yaml; feedctl config check -c f.yaml
