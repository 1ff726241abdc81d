printf "server:\n  prot: 9000\n  port: many\n" > f.yaml
feedctl config check -c f.yaml -o json
