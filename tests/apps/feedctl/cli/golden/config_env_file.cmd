# a file of variables never beats the real environment
printf "# comment\nexport FEEDCTL_SERVER_PORT=6\nFEEDCTL_SERVER_HOST=\"localhost\"\n" > env
FEEDCTL_SERVER_PORT=7 feedctl config show server --env-file env --origin | head -3
