printf 'databse: {}\nserver: {}\nredis:\nport:\n' > f.yaml; feedctl config check -c f.yaml
