FEEDCTL_DATABASE_URL=postgresql://db:port/feed feedctl migrate status
