for file in /dev/zero /dev/null . pipe missing; do
  [ "$file" = pipe ] && mkfifo pipe
  timeout 10 feedctl seed --fixtures "$file"; echo "$?"
  timeout 10 feedctl seed --graph "$file"; echo "$?"
done
: >empty.yaml
feedctl seed --fixtures empty.yaml; echo "$?"
truncate -s 17M large.yaml
feedctl seed --fixtures large.yaml
