mkdir folder; feedctl config check --config folder
