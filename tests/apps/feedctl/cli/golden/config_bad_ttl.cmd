FEEDCTL_AUTH_TOKEN_TTL=2d feedctl config check
