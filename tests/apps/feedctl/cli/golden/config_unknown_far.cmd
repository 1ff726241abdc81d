printf "x:\n  y: 1\n" > f.yaml; feedctl config check -c f.yaml
