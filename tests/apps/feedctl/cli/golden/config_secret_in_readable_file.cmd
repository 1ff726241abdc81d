printf "database:\n  url: postgresql://me:hidden@db/feed\n" > f.yaml; chmod 644 f.yaml
feedctl config check -c f.yaml
