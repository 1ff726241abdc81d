printf "server:\n  port: 80.5\n  access_log: maybe\n  host: [a, b]\n  loops:\n" > f.yaml
feedctl config check -c f.yaml
