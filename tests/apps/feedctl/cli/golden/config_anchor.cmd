printf "a: &a 1\nserver:\n  port: *a\n" > f.yaml; feedctl config check -c f.yaml
