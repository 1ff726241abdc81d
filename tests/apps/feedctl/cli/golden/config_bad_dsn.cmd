FEEDCTL_DATABASE_URL=mysql://db/feed feedctl migrate status
