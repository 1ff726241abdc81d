echo hello > f.yaml; feedctl config check -c f.yaml
