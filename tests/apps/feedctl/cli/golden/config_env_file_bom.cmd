# a byte order mark before a file of variables is no part of the first name
printf "\357\273\277FEEDCTL_SERVER_PORT=6\r\nFEEDCTL_SERVER_HOST=localhost\r\n" > env
feedctl config show server --env-file env --origin | head -3
