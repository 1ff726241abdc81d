# refused as YAML before it could expand
printf "server:\n  port: *nothing\n" > f.yaml; feedctl config check -c f.yaml 2>err; code=$?; cut -d: -f1-4 err >&2; exit $code
