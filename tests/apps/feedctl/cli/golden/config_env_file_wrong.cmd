printf "A=1\nnonsense\n2=3\n" > env; feedctl config check --env-file env
