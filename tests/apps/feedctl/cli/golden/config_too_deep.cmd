{ printf "server: "; head -c 100000 /dev/zero | tr "\0" "["; } > f.yaml; feedctl config check -c f.yaml
