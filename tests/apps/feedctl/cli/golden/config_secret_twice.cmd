umask 077; echo x > key
FEEDCTL_DATABASE_URL=postgresql:///a FEEDCTL_DATABASE_URL_FILE=key feedctl config check
printf "database:\n  url: postgresql:///a\n  url_file: key\n" > f.yaml; feedctl config check -c f.yaml
