FEEDCTL_SERVER_ALLOWED_HOSTS="a.example, b.example" feedctl config show server --origin -o json
