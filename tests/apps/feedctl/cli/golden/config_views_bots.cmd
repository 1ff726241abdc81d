feedctl config show views.bots -o json
