# what libpq says behind it differs with its version
FEEDCTL_DATABASE_URL=postgresql://127.0.0.1:1/feed feedctl migrate up 2>err; code=$?; cut -c1-60 err >&2; exit $code
