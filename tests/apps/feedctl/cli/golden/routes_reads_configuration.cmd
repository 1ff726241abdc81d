printf "database:\n  url: host=/nowhere\n" > f.yaml
feedctl routes --config f.yaml | head -3
feedctl --config missing.yaml routes
