# the value of an option is no command and no argument
feedctl completion-words -- --config f.yaml migrate ""
echo; feedctl completion-words -- completion --color never ""
echo; feedctl completion-words -- --output ""
echo; feedctl completion-words -- config show -o = json server.port --or | head -1
echo; feedctl completion-words -- help migrate ""
echo; feedctl completion-words -- --nonsense ""
