umask 077; printf "postgresql://me:hidden@db/feed\n" > url
printf "database:\n  url_file: url\n" > f.yaml
feedctl config show database.url --origin -c f.yaml
