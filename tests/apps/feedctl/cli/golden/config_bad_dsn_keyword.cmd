FEEDCTL_DATABASE_URL="host=db colour=red" feedctl migrate status
