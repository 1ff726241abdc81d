feedctl config show --config ""
feedctl config show --env-file=
feedctl config show ""
feedctl config show --set ""
feedctl config show --set server.host=
feedctl serve --host ""
feedctl dev --state "" --stop
