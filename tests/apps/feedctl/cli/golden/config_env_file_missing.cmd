feedctl config check --env-file nowhere
