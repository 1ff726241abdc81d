FEEDCTL_DATABASE_URL=postgresql://127.0.0.1:1/feed feedctl migrate status -q -o json 2>err; code=$?; cut -c1-60 err >&2; exit $code
