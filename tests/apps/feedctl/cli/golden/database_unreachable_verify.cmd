FEEDCTL_DATABASE_URL="host=/nowhere dbname=feed" feedctl migrate verify 2>err; code=$?; cut -c1-60 err >&2; exit $code
