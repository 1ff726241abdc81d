# secrets never go on a command line
feedctl config show --set database.url=postgresql://me:secret@db/feed
