SECRET_KEY=0123456789abcdef DEBUG=True ALLOWED_HOSTS=a.example,b.example CORS_ALLOWED_ORIGINS=https://c.example feedctl config show --origin -o jsonl | grep environment
