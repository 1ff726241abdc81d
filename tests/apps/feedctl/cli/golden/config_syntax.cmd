# the words of the parser differ with its version: only the place is compared
printf "server:\n  port: [1\nlog:\n" > f.yaml; feedctl config check -c f.yaml 2>err; code=$?; cut -d: -f1-4 err >&2; exit $code
