feedctl migrate up --lock-wait --dry-run
