# an option with a value takes one word, wherever it stands
printf "server:\n  port: 4321\n" > f.yaml
feedctl --config f.yaml config show server.port
feedctl --config=f.yaml config show server.port
feedctl config --config f.yaml show server.port
feedctl config show --config f.yaml server.port
feedctl config show -cf.yaml server.port
feedctl config show server.port -qvc f.yaml
feedctl --color never completion bash | head -1
feedctl completion --color=never bash | head -1
feedctl --port 1 --insecure-public serve --help | head -1
