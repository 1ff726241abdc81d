feedctl completion-words -- ""
echo; feedctl completion-words -- migrate ""
echo; feedctl completion-words -- migrate up --output ""
echo; feedctl completion-words -- migrate up --output = js
echo; feedctl completion-words -- doctor -c ""
echo; feedctl completion-words -- completion ""
echo; feedctl completion-words -- help m
echo; feedctl completion-words -- version -
