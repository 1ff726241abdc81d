# a reader that has had enough is no error
{ feedctl config example; echo "exit $?" >&2; } | true
