# our own name wins over the others
DATABASE_URL=postgresql://a/a DB_HOST=b FEEDCTL_DATABASE_URL=postgresql://c/c feedctl config show database.url --origin
